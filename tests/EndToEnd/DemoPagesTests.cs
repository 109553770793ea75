using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>What is done at the microscope, on drawn slides: from case to case, tile by tile, and what is taken along. With MHIM_PICTURES=FOLDER, these pages are left there as pictures.</summary>
public sealed partial class DemoPagesTests(DemoStage stage) : IClassFixture<DemoStage>
{
    const string First = "case-001";

    static async Task PictureAsync(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("MHIM_PICTURES") is not { } folder)
            return;
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await browser.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await browser.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            await browser.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{scheme.ToString().ToLowerInvariant()}.png") });
        }
    }

    async Task<Browser> ViewAsync(string model, string more = "")
    {
        var browser = await Browser.OpenAsync(stage.Address, $"/view/{stage.Ids[First]}?p={await stage.PredictionAsync(First, model)}{more}");
        await browser.Page.Locator(".strip img").First.WaitForAsync();
        await browser.UntilAsync(async () => await browser.Page.Locator("[data-loaded=yes]").CountAsync() == await browser.Page.Locator(".pane").CountAsync(), "the slide is drawn");
        return browser;
    }

    [Fact]
    public async Task The_worklist_is_gone_through_from_case_to_case_and_the_way_back_leads_to_it_as_it_was()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/worklist");
        var page = browser.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Uncertainty", Exact = true }).ClickAsync();
        var cases = (await stage.Server.GetAsync("/worklist?order=uncertainty"))["items"]!.AsArray().Select(i => (string)i!["slideId"]!).ToList();
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Worklist" });
        await table.GetByRole(AriaRole.Row).Nth(1).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.WaitForURLAsync(new Regex($"/view/{cases[0]}"));
        await page.GetByText($"1 of {cases.Count}").WaitForAsync();
        Assert.True(await page.GetByRole(AriaRole.Button, new() { Name = "Previous case (k)" }).IsDisabledAsync());
        await page.Keyboard.PressAsync("j");
        await page.WaitForURLAsync(new Regex($"/view/{cases[1]}"));
        await page.GetByText($"2 of {cases.Count}").WaitForAsync();
        await page.Keyboard.PressAsync("k");
        await page.WaitForURLAsync(new Regex($"/view/{cases[0]}"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to the worklist" }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/worklist\\?order=uncertainty"));

        // Two keys lead away although one of them is a key of the viewer's own (s: a picture, r: rotate).
        await page.GoBackAsync();
        await page.Locator(".zoom-tools").WaitForAsync();
        await browser.GoAsync("gr", "Runs");
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    [Fact]
    public async Task A_tile_tells_its_numbers_under_the_pointer_by_keys_and_through_a_link()
    {
        await using var browser = await ViewAsync(stage.Mhim);
        var page = browser.Page;
        await PictureAsync(browser, "viewer");
        var prediction = await stage.PredictionAsync(First, stage.Mhim);
        var summary = await stage.Server.GetAsync($"/predictions/{prediction}/prediction.json");
        var top = summary["topTiles"]![0]!;
        await page.Keyboard.PressAsync("n");
        var score = $"Tumour {(double)top["score"]!:0.000}";
        await page.Locator(".tile-mark").GetByText(score).WaitForAsync();
        await page.Locator(".tile-mark").GetByText("Attention").WaitForAsync();
        // It was flown to: the pointer in the middle of the slide is on it.
        await browser.UntilAsync(async () =>
        {
            var box = (await page.Locator(".pane").BoundingBoxAsync())!;
            await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
            return (await page.Locator(".tile-tip").TextContentAsync())!.StartsWith(score);
        }, "the tile's score under the pointer");
        await browser.UntilAsync(() => Task.FromResult(page.Url.Contains("at=")), "the address names the tile");
        var link = page.Url;
        await page.Keyboard.PressAsync("Escape");
        await browser.UntilAsync(async () => await page.Locator(".tile-mark").CountAsync() == 0, "the tile is let go of");
        await page.GotoAsync(link);
        await page.Locator(".tile-mark").GetByText(score).WaitForAsync();

        // Arrows move the slide although a button has the focus that was clicked last.
        await page.GetByRole(AriaRole.Button, new() { Name = "5×", Exact = true }).ClickAsync();
        await browser.UntilAsync(async () => await page.Locator("[data-magnification]").InnerTextAsync() == "5×", "5×");
        await browser.UntilAsync(() => Task.FromResult(page.Url != link), "the address follows");
        var before = page.Url;
        await page.Keyboard.PressAsync("ArrowRight");
        await browser.UntilAsync(() => Task.FromResult(X(page.Url) > X(before)), "the arrow moved the slide");
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    static double X(string address) => double.Parse(Regex.Match(address, "[?&]x=(-?[0-9.]+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task The_whole_slide_stays_in_sight_and_layers_legend_and_threshold_say_what_is_shown()
    {
        await using var browser = await ViewAsync(stage.Mhim);
        var page = browser.Page;
        var slide = (await stage.Server.GetAsync($"/slides/{stage.Ids[First]}"))["slide"]!;
        await browser.UntilAsync(async () =>
        {
            var zoom = Regex.Match(page.Url, "[?&]z=([0-9.]+)");
            return zoom.Success && double.Parse(zoom.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) * (double)slide["height"]! <= (await page.Locator(".pane").BoundingBoxAsync())!.Height + 1;
        }, "the whole height of the slide is on the screen, strip of tiles or not");

        await page.GetByRole(AriaRole.Tab, new() { Name = "Overlay" }).ClickAsync();
        var tiles = (int)slide["tileCount"]!;
        await page.Locator(".legend").GetByText($"{tiles} of {tiles} tiles").WaitForAsync();
        await page.GetByLabel("Show from").FocusAsync();
        for (var press = 0; press < 5; press++)
            await page.Keyboard.PressAsync("PageUp");
        await browser.UntilAsync(async () => Regex.Match(await page.Locator(".legend").InnerTextAsync(), "(\\d+) of").Groups[1].Value is var shown && shown != "" && int.Parse(shown) < tiles, "fewer tiles are above the threshold");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Violet to green to yellow" }).CheckAsync();
        await browser.UntilAsync(() => Task.FromResult(page.Url.Contains("map=sea") && page.Url.Contains("from=")), "the address has map and threshold");
        foreach (var (layer, words) in new[] { ("attention", "Attention, × mean"), ("mask", "Easy: masked by the teacher") })
        {
            await page.GetByLabel("Layer").SelectOptionAsync(layer == "mask" ? new SelectOptionValue { Value = "mask" } : new SelectOptionValue { Label = "Attention" });
            await page.Locator(".legend").GetByText(words).WaitForAsync();
        }
        var about = await stage.Server.GetAsync($"/predictions/{await stage.PredictionAsync(First, stage.Mhim)}/tiles");
        Assert.Equal(((string)about["easy"]!.ToString(), (string)about["hard"]!.ToString()), (await page.Locator(".legend b").First.InnerTextAsync(), await page.Locator(".legend b").Last.InnerTextAsync()));
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    [Fact]
    public async Task What_is_taken_along_has_its_legend_and_its_tiles()
    {
        await using var browser = await ViewAsync(stage.Mhim, $"&p2={await stage.PredictionAsync(First, stage.Plain)}");
        var page = browser.Page;
        await page.Locator(".pane-title").GetByText("Lymph nodes, plain:").WaitForAsync();
        await browser.UntilAsync(async () => await page.Locator("[data-legend]").CountAsync() == 2, "each has its legend");
        await PictureAsync(browser, "compare");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        using var with = SKBitmap.Decode(await (await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("s"))).PathAsync());
        await page.Keyboard.PressAsync("h");
        await browser.UntilAsync(async () => await page.Locator("[data-legend]").CountAsync() == 0, "no heatmap");
        using var without = SKBitmap.Decode(await (await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("s"))).PathAsync());
        Assert.Equal(with.Height - 34, without.Height);
        // The strong end of the ramp, once under each of the two, and nowhere below a slide without a heatmap.
        Assert.All((int[])[0, 1], half => Assert.True(Yellow(with, half) > 40, $"Half {half} of the picture has no ramp at its foot."));
        Assert.Equal(0, Yellow(without, 0) + Yellow(without, 1));

        await page.GotoAsync($"/view/{stage.Ids[First]}?p={await stage.PredictionAsync(First, stage.Mhim)}");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "GeoJSON" }).ClickAsync());
        var tiles = JsonNode.Parse(await File.ReadAllTextAsync(await download.PathAsync()))!["features"]!.AsArray();
        Assert.Equal((int)(await stage.Server.GetAsync($"/slides/{stage.Ids[First]}"))["slide"]!["tileCount"]!, tiles.Count);
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    // Bright yellow pixels in the lowest lines of one half.
    static int Yellow(SKBitmap picture, int half)
    {
        var found = 0;
        for (var y = picture.Height - 34; y < picture.Height; y++)
            for (var x = half * picture.Width / 2; x < (half + 1) * picture.Width / 2; x++)
                if (picture.GetPixel(x, y) is { Red: > 225, Green: > 205, Blue: < 120 })
                    found++;
        return found;
    }

    [Fact]
    public async Task Survival_is_told_as_risk_with_the_cohorts_curves()
    {
        await using var browser = await ViewAsync(stage.Survival);
        var page = browser.Page;
        var summary = await stage.Server.GetAsync($"/predictions/{await stage.PredictionAsync(First, stage.Survival)}/prediction.json");
        var result = page.GetByRole(AriaRole.Region, new() { Name = "Result" });
        await result.GetByText($"{(double)summary["risk"]!:0.00}".Replace('-', '−'), new() { Exact = true }).WaitForAsync();
        await result.GetByText(new Regex("^(High|Low) risk group: ")).WaitForAsync();
        await result.GetByText(new Regex("log-rank p")).WaitForAsync();
        await result.Locator(".plot-legend li").Nth(2).WaitForAsync();
        Assert.Equal(["Low risk", "High risk", "This slide"], (await result.Locator(".plot-legend li").AllInnerTextsAsync()).Select(t => Regex.Replace(t.Trim(), " ?\\d+ patients", "")));
        // Nothing of the drawing lies outside of it.
        Assert.All(await result.Locator("path.line").EvaluateAllAsync<string[]>("all => all.map(path => path.getAttribute('d'))"), d => Assert.DoesNotMatch("NaN|Infinity|undefined", d));
        Assert.Equal(0, await page.Locator(".viewer-panel").EvaluateAsync<int>("panel => panel.scrollWidth - panel.clientWidth"));
        await PictureAsync(browser, "viewer-survival");
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty(await browser.SeriousAsync($"survival, {scheme}"));
        }
    }

    [Fact]
    public async Task A_model_says_what_it_learnt_from_whether_it_read_slides_or_patients()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides");
        var page = browser.Page;
        foreach (var model in (string[])[stage.Mhim, stage.Survival])
        {
            var card = JsonNode.Parse(await stage.Server.Client.GetStringAsync($"/api/v1/models/{model}/card"))!;
            foreach (var (name, i) in stage.Ids.Keys.Order().Take(5).Select((name, i) => (name, i)))
            {
                if (model == stage.Survival && i > 0)
                    continue; // only the first slide was read by it
                await page.GotoAsync($"/view/{stage.Ids[name]}?p={await stage.PredictionAsync(name, model)}");
                await page.GetByText("Do you agree?").WaitForAsync();
                await page.GetByText("cases").First.WaitForAsync(); // the card is read
                bool In(string part) => card[part]!.AsArray().Any(id => (string)id! == (model == stage.Survival ? DemoStage.Patient(i) : name));
                Assert.True(model != stage.Survival || In("train") || In("validation") || In("test"));
                Assert.Equal(In("train") ? 1 : 0, await page.GetByText("The model learnt from this slide").CountAsync());
                Assert.Equal(In("validation") ? 1 : 0, await page.GetByText("This slide helped to choose the model").CountAsync());
                Assert.Equal(In("test") ? 1 : 0, await page.GetByText("this slide among them").CountAsync());
            }
        }
    }

    [Fact]
    public async Task Each_slide_of_the_list_has_its_predictions_and_a_slide_its_own_page()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides?sort=name");
        var page = browser.Page;
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = First });
        await browser.UntilAsync(async () => await row.Locator("a.call").CountAsync() == 3, "three models have looked at it");
        await PictureAsync(browser, "slides");
        await page.GotoAsync($"/slides/{stage.Ids[First]}");
        await page.GetByText("Every place of the tile grid").WaitForAsync();
        await page.GetByText("the TIFF resolution tags").WaitForAsync();
        await PictureAsync(browser, "slide");
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }
}
