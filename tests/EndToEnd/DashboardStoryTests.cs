using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Tiling.Slides;
using Mhim.Workers.Tests;
using Microsoft.Playwright;
using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>What a pathologist does: a slide goes in, a model looks at it, the result is looked at, judged and taken away.</summary>
public sealed class DashboardStoryTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    [SlideFact]
    public async Task From_upload_to_PDF()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--models", TinyModel.Folder);
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/");
        var page = browser.Page;
        await page.GetByText("Drop slides here").WaitForAsync();
        await page.SetInputFilesAsync("#file", [TestData.Slide("CMU-1-Small-Region.svs"), TestData.Slide("IDC_14082_4um.tif")]);

        // The one whose file says something that cannot be waits for a person.
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "IDC_14082_4um" });
        await row.GetByText("Needs resolution").WaitForAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "State resolution" }).ClickAsync();
        var form = page.GetByRole(AriaRole.Dialog);
        await form.GetByRole(AriaRole.Textbox, new() { Name = "Micrometres per pixel" }).FillAsync("none");
        Assert.True(await Button(page, "State resolution").Last.IsDisabledAsync());
        await form.GetByRole(AriaRole.Button, new() { NameRegex = new("20×") }).ClickAsync();
        await form.GetByText("1.5 × 1.2 mm").WaitForAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "State resolution" }).ClickAsync();
        await row.GetByText("0.50 µm/px, stated").WaitForAsync();

        row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "CMU-1-Small-Region" });
        await row.GetByText("Ready").WaitForAsync();
        await page.GetByRole(AriaRole.Searchbox).FillAsync("cmu");
        await browser.UntilAsync(async () => await page.GetByText("IDC_14082_4um", new() { Exact = true }).CountAsync() == 0 || await page.Locator("tbody tr").CountAsync() == 1, "only what was searched for");
        await row.GetByRole(AriaRole.Checkbox).CheckAsync();
        await Button(page, "Predict").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await row.Locator("a.call").ClickAsync();

        await page.GetByText("Do you agree?").WaitForAsync();
        Assert.True(await page.GetByText("Research use only").CountAsync() >= 2);
        await page.Locator("[data-loaded=yes]").WaitForAsync();
        await page.Locator("[data-legend]").WaitForAsync();
        await browser.UntilAsync(async () => await page.Locator(".strip img").CountAsync() == 12, "the strip has its twelve tiles");
        var before = await page.Locator("[data-magnification]").InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Tile of rank 2,") }).ClickAsync();
        await browser.UntilAsync(async () => await page.Locator("[data-magnification]").InnerTextAsync() != before, "a click on a top tile flies there");

        await Button(page, "Disagree").ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Comment" }).FillAsync("Only stroma here.");
        await Button(page, "Keep").ClickAsync();
        await page.Locator(".opinions").GetByText("Only stroma here.").WaitForAsync();
        var opinions = await server.GetAsync("/opinions");
        Assert.Equal((false, "Only stroma here."), ((bool)opinions["items"]![0]!["agrees"]!, (string)opinions["items"]![0]!["comment"]!));

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "PDF report" }).ClickAsync());
        Assert.StartsWith("%PDF-", System.Text.Encoding.ASCII.GetString(await File.ReadAllBytesAsync(await download.PathAsync()), 0, 5));
        var picture = await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("s"));
        using var snapshot = SKBitmap.Decode(await picture.PathAsync());
        Assert.True(snapshot.Width > 400 && snapshot.Pixels.Distinct().Take(1000).Count() == 1000);

        // The link leads to the same view.
        await browser.UntilAsync(() => Task.FromResult(page.Url.Contains("&z=")), "the address has the view");
        var (link, seen) = (page.Url, await page.Locator("[data-magnification]").InnerTextAsync());
        await page.GotoAsync("/slides");
        await page.GotoAsync(link);
        await browser.UntilAsync(async () => await page.Locator("[data-magnification]").CountAsync() == 1 && await page.Locator("[data-magnification]").InnerTextAsync() == seen, "the same view again");

        // What has real slides is looked at by axe here, the other pages elsewhere.
        await page.Locator("[data-legend]").WaitForAsync();
        var serious = new List<string>();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            foreach (var tab in (string[])["Result", "Overlay", "Slide"])
            {
                await page.GetByRole(AriaRole.Tab, new() { Name = tab, Exact = true }).ClickAsync();
                serious.AddRange(await browser.SeriousAsync($"viewer, {tab}, {scheme}"));
            }
        }
        await page.GotoAsync($"/slides/{new Uri(link).Segments[^1]}");
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.GetByText("Every place of the tile grid").WaitForAsync();
            serious.AddRange(await browser.SeriousAsync($"slide, {scheme}"));
        }
        Assert.Empty(serious);
        browser.AssertNothingLeftTheOrigin(server.Client.BaseAddress!);
    }

    [SlideFact]
    public async Task A_heatmap_tile_lies_on_the_pixels_that_it_was_made_of_at_three_zooms_and_turned()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--models", TinyModel.Folder);
        var slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
        var model = (string)(await server.GetAsync("/models"))["items"]![0]!["id"]!;
        var prediction = (string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
        await server.WaitAsync($"/predictions/{prediction}", answer => (string?)answer["state"], "succeeded", "failed");
        var summary = await server.GetAsync($"/predictions/{prediction}/prediction.json");
        var (top, side) = (summary["topTiles"]![0]!, (double)summary["tileSizeLevel0"]!);
        var (x, y) = ((double)top["x"]! + side / 2, (double)top["y"]! + side / 2);
        using var expected = SKBitmap.Decode(await server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/top-tiles/1.png"));

        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        foreach (var (zoom, turned) in ((double, int)[])[(0.25, 0), (0.5, 0), (1, 0), (0.5, 90)])
        {
            // Only the highest tile is drawn, and nothing shines through it; then the same view without it.
            var view = FormattableString.Invariant($"/view/{slide}?p={prediction}&x={x}&y={y}&z={zoom}&r={turned}");
            using var covered = await ViewerPictures.TakeAsync(browser, $"{view}&layer=class:{summary["scoredClass"]}&scale=rank&from=1&opacity=1&fade=0");
            using var bare = await ViewerPictures.TakeAsync(browser, $"{view}&layer=none");
            var box = ViewerPictures.Differing(covered, bare);
            Assert.InRange(box.Width, side * zoom - 2, side * zoom + 2);
            Assert.InRange(box.Height, side * zoom - 2, side * zoom + 2);
            var found = BestShift(bare, box, turned == 90 ? Turned(expected) : expected);
            Assert.True(Math.Abs(found.X) <= 1 && Math.Abs(found.Y) <= 1, $"At zoom {zoom}, turned by {turned}°, the tile's own pixels lie {found} pixels away.");
        }
    }

    [SlideFact]
    public async Task Two_models_side_by_side_show_the_same_place_and_keys_alone_lead_there()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--models", TinyModel.Folder);
        await server.SendFilesAsync("/models", Directory.GetFiles(Path.Combine(Path.GetDirectoryName(TinyModel.Folder)!, "baseline")));
        var slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
        var predictions = new List<string>();
        foreach (var model in (await server.GetAsync("/models"))["items"]!.AsArray())
        {
            predictions.Add((string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = (string)model!["id"]! }))["id"]!);
            await server.WaitAsync($"/predictions/{predictions[^1]}", answer => (string?)answer["state"], "succeeded", "failed");
        }
        Assert.Equal(2, predictions.Count);
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, $"/view/{slide}?p={predictions[0]}&p2={predictions[1]}&layer=none");
        var page = browser.Page;
        await page.Locator(".strip").WaitForAsync();
        await browser.UntilAsync(async () => await page.Locator("[data-loaded=yes]").CountAsync() == 2, "both are drawn");
        foreach (var key in (string[])["3", "ArrowRight", "r"])
            await page.Keyboard.PressAsync(key);
        await browser.UntilAsync(async () => await page.Locator("[data-magnification]").InnerTextAsync() == "5× · 15°", "the keys turned and zoomed");
        await browser.UntilAsync(async () => await page.Locator("[data-loaded=yes]").CountAsync() == 2, "both are drawn anew");
        await page.EvaluateAsync("for (const one of document.querySelectorAll('.zoom-tools, .overview, .legend, .hud, .tile-tip, .pane-title')) one.style.visibility = 'hidden'");
        using var left = SKBitmap.Decode(await page.Locator(".pane").First.ScreenshotAsync());
        using var right = SKBitmap.Decode(await page.Locator(".pane").Last.ScreenshotAsync());
        Assert.InRange(left.Width - right.Width, -1, 1);
        var (a, b) = (left.Pixels, right.Pixels);
        Assert.True(a.Distinct().Count() > 1000);
        var far = 0;
        for (var y = 0; y < left.Height; y++)
            for (var x = 0; x < Math.Min(left.Width, right.Width); x++)
                if (a[y * left.Width + x] is var p && b[y * right.Width + x] is var q && Math.Abs(p.Red - q.Red) + Math.Abs(p.Green - q.Green) + Math.Abs(p.Blue - q.Blue) > 90)
                    far++;
        Assert.True(far < 0.02 * a.Length, $"{far} of {a.Length} pixels differ.");
    }

    static SKBitmap Turned(SKBitmap picture)
    {
        var turned = new SKBitmap(picture.Height, picture.Width);
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x++)
                turned.SetPixel(picture.Height - 1 - y, x, picture.GetPixel(x, y));
        return turned;
    }

    // Where around the box the expected picture fits best.
    static SKPointI BestShift(SKBitmap screen, SKRectI box, SKBitmap expected)
    {
        using var scaled = expected.Resize(new SKImageInfo(box.Width, box.Height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        var (best, least) = (default(SKPointI), double.MaxValue);
        for (var dy = -6; dy <= 6; dy++)
            for (var dx = -6; dx <= 6; dx++)
            {
                double sum = 0;
                for (var y = 8; y < box.Height - 8; y++)
                    for (var x = 8; x < box.Width - 8; x++)
                    {
                        var (p, q) = (screen.GetPixel(box.Left + x + dx, box.Top + y + dy), scaled.GetPixel(x, y));
                        sum += Math.Abs(p.Red - q.Red) + Math.Abs(p.Green - q.Green) + Math.Abs(p.Blue - q.Blue);
                    }
                if (sum < least)
                    (best, least) = (new SKPointI(dx, dy), sum);
            }
        return best;
    }
}
