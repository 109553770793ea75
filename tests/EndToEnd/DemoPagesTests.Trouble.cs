using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

/// <summary>What goes wrong on the way, or is left half done.</summary>
public sealed partial class DemoPagesTests
{
    static Task RefuseAsync(IRoute route, int status, string code, string detail) =>
        route.FulfillAsync(new() { Status = status, ContentType = "application/problem+json", Body = new JsonObject { ["status"] = status, ["code"] = code, ["detail"] = detail }.ToJsonString() });

    [Fact]
    public async Task Pieces_of_a_slide_that_did_not_come_are_asked_for_again_once_the_service_is_back()
    {
        await using var browser = await ViewAsync(stage.Mhim);
        var page = browser.Page;
        var (failed, came) = (new ConcurrentDictionary<string, bool>(), new ConcurrentDictionary<string, bool>());
        page.RequestFailed += (_, request) => failed.TryAdd(request.Url, request.Url.Contains("slide_files"));
        page.Response += (_, response) => came.TryAdd(response.Url, response.Ok);
        await page.RouteAsync("**/*", route => route.AbortAsync("connectionrefused"));
        await page.GetByRole(AriaRole.Button, new() { Name = "20×", Exact = true }).ClickAsync();
        await page.GetByText("The service does not answer").WaitForAsync();
        await Task.Delay(TimeSpan.FromSeconds(6)); // longer than one piece is asked for again by itself
        await page.UnrouteAllAsync();
        await browser.UntilAsync(async () => await page.GetByText("The service does not answer").CountAsync() == 0, "the service is back");
        Assert.Contains(failed, one => one.Value);
        await browser.UntilAsync(() => Task.FromResult(failed.Where(one => one.Value).All(one => came.GetValueOrDefault(one.Key))), "every piece has come");
    }

    [Fact]
    public async Task What_somebody_writes_of_a_result_stays_until_it_is_kept_or_called_off()
    {
        await using var browser = await ViewAsync(stage.Plain);
        var page = browser.Page;
        ILocator Named(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
        async Task NothingPressedAsync(string when) => await browser.UntilAsync(async () =>
            await Named("Agree").GetAttributeAsync("aria-pressed") == "false" && await Named("Disagree").GetAttributeAsync("aria-pressed") == "false", $"nothing is pressed {when}");
        var comment = page.GetByRole(AriaRole.Textbox, new() { Name = "Comment" });

        await Named("Disagree").ClickAsync();
        await comment.FillAsync("Reactive, I think");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Overlay" }).ClickAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Result" }).ClickAsync();
        Assert.Equal("Reactive, I think", await comment.InputValueAsync());
        var models = page.Locator(".choose select").First;
        await models.SelectOptionAsync(await stage.PredictionAsync(First, stage.Mhim));
        await browser.UntilAsync(async () => await comment.CountAsync() == 0, "the other result is another");
        await models.SelectOptionAsync(await stage.PredictionAsync(First, stage.Plain));
        Assert.Equal("Reactive, I think", await comment.InputValueAsync());
        await Named("Cancel").ClickAsync();
        await NothingPressedAsync("once it was called off");

        await Named("Agree").ClickAsync();
        await Named("Keep").ClickAsync();
        await page.Locator(".opinions").GetByText("You").WaitForAsync();
        await Named("Agree").ClickAsync();
        await Named("Take back").ClickAsync();
        await browser.UntilAsync(async () => await page.Locator(".opinions").CountAsync() == 0, "it is taken back");
        await NothingPressedAsync("once it was taken back");
    }

    [Fact]
    public async Task The_worklist_is_read_on_from_the_viewer()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides");
        var page = browser.Page;
        var cases = (await stage.Server.GetAsync("/worklist?order=uncertainty"))["items"]!.AsArray().Select(i => (string)i!["slideId"]!).ToList();
        await page.RouteAsync("**/api/v1/worklist?*", route => route.ContinueAsync(new() { Url = route.Request.Url.Replace("limit=50", "limit=2") }));
        await page.GotoAsync("/worklist?order=uncertainty");
        await page.GetByRole(AriaRole.Region, new() { Name = "Worklist" }).GetByRole(AriaRole.Row).Nth(1).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByText("1 of 2+").WaitForAsync();
        for (var i = 1; i < cases.Count; i++)
        {
            await browser.UntilAsync(async () => await page.GetByRole(AriaRole.Button, new() { Name = "Next case (j)" }).IsEnabledAsync(), $"there is a case behind the {i}.");
            await page.Keyboard.PressAsync("j");
            await page.WaitForURLAsync(new Regex($"/view/{cases[i]}"));
        }
        await page.GetByText($"{cases.Count} of {cases.Count}", new() { Exact = true }).WaitForAsync();
    }

    [Fact]
    public async Task Of_many_slides_those_that_are_refused_are_named_and_the_others_done()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides?sort=name");
        var page = browser.Page;
        var names = stage.Ids.Keys.Order().Take(3).ToArray();
        var asked = new List<string>();
        await page.RouteAsync("**/api/v1/predictions", async route =>
        {
            if (route.Request.Method != "POST")
            {
                await route.ContinueAsync();
                return;
            }
            asked.Add((string)JsonNode.Parse(route.Request.PostData!)!["slideId"]!);
            await (asked.Count == 1 ? RefuseAsync(route, 409, "slide-failed", "It cannot be read.") : route.FulfillAsync(new() { Status = 202, ContentType = "application/json", Body = "{}" }));
        });
        await page.RouteAsync("**/api/v1/slides/*", async route =>
        {
            if (route.Request.Method != "DELETE")
            {
                await route.ContinueAsync();
                return;
            }
            asked.Add(route.Request.Url.Split('/')[^1]);
            await (asked.Count switch
            {
                1 => RefuseAsync(route, 404, "not-found", "It is not here."),
                2 => RefuseAsync(route, 409, "slide-busy", "It is being worked on."),
                _ => route.FulfillAsync(new() { Status = 204 }),
            });
        });
        var dialog = page.GetByRole(AriaRole.Dialog);
        foreach (var (action, refused, why) in new[] { ("Predict", names[0], "It cannot be read."), ("Remove", names[1], "It is being worked on.") })
        {
            asked.Clear();
            foreach (var name in names)
                await page.GetByRole(AriaRole.Checkbox, new() { Name = $"Choose {name}" }).CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
            await dialog.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
            await dialog.GetByText("One slide was refused").WaitForAsync();
            Assert.Equal($"{refused}: {why}", await dialog.Locator("li").InnerTextAsync());
            Assert.Equal(names.Select(name => stage.Ids[name]), asked);
            await dialog.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
            await browser.UntilAsync(async () => await dialog.CountAsync() == 0, "the one that was refused is done too");
            Assert.Equal((4, stage.Ids[refused]), (asked.Count, asked[^1]));
        }
    }

    [Fact]
    public async Task One_failed_answer_ends_neither_the_page_nor_what_it_asks_for()
    {
        var path = $"/view/{stage.Ids[First]}?p={await stage.PredictionAsync(First, stage.Mhim)}";
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides");
        var page = browser.Page;
        foreach (var (address, status) in new[] { ("**/api/v1/me", 500), ($"**/api/v1/slides/{stage.Ids[First]}", 500), ($"**/api/v1/slides/{stage.Ids[First]}/view", 502) })
            await page.RouteAsync(address, route => RefuseAsync(route, status, "unexpected", "Something went wrong."), new() { Times = 1 });
        await page.GotoAsync(path);
        await page.Locator("[data-loaded=yes]").WaitForAsync();
    }

    [Fact]
    public async Task Tiles_without_weight_are_higher_than_none_and_the_highest_is_not_higher_than_itself()
    {
        var prediction = await stage.PredictionAsync(First, stage.Mhim);
        var bytes = await stage.Server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/tiles.bin");
        var about = await stage.Server.GetAsync($"/predictions/{prediction}/tiles");
        var (n, half) = ((int)about["tiles"]!, (int)about["tileSizeLevel0"]! / 2);
        var attention = MemoryMarshal.Cast<byte, float>(bytes.AsSpan())[(2 * n)..(3 * n)];
        attention.Clear();
        attention[0] = 1;
        (int X, int Y) At(int tile) => (BitConverter.ToInt32(bytes, 4 * tile) + half, BitConverter.ToInt32(bytes, 4 * (n + tile)) + half);
        await using var browser = await Browser.OpenAsync(stage.Address, "/slides");
        await browser.Page.RouteAsync("**/tiles.bin", route => route.FulfillAsync(new() { BodyBytes = bytes, ContentType = "application/octet-stream" }));
        foreach (var (tile, share) in new[] { (0, (int)(100.0 * (n - 1) / n)), (n - 1, 0) })
        {
            await browser.Page.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/view/{stage.Ids[First]}?p={prediction}&layer=attention&scale=rank&at={At(tile).X},{At(tile).Y}"));
            await browser.Page.Locator(".tile-mark").GetByText($"Higher than {share}% of {n} tiles").WaitForAsync();
        }
    }

    [Fact]
    public async Task The_legend_counts_what_is_shown_at_once()
    {
        await using var browser = await ViewAsync(stage.Mhim);
        var page = browser.Page;
        await page.GetByRole(AriaRole.Tab, new() { Name = "Overlay" }).ClickAsync();
        var tiles = (int)(await stage.Server.GetAsync($"/slides/{stage.Ids[First]}"))["slide"]!["tileCount"]!;
        await page.GetByLabel("Layer").SelectOptionAsync(new SelectOptionValue { Label = "Attention" });
        await page.Locator(".legend").GetByText($"{tiles} of {tiles} tiles").WaitForAsync();
        await page.GetByLabel("Show from").FocusAsync();
        await page.Keyboard.PressAsync("End");
        // Before the address follows, which has the page drawn once more.
        var told = await page.EvaluateAsync<string>("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector('.legend').innerText))))");
        Assert.Contains($"1 of {tiles} tiles", told);
    }
}
