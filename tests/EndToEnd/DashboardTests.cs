using System.Collections.Concurrent;
using Mhim.Workers.Tests;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

public sealed class DashboardTests : IDisposable
{
    const string Chromium = "/usr/bin/chromium";
    readonly string folder = Directory.CreateTempSubdirectory("mhim-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SlideFact]
    public async Task In_a_browser_a_slide_goes_in_and_a_heatmap_comes_out_and_nothing_leaves_the_origin()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--models", TinyModel.Folder);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        var (requests, errors) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        page.Request += (_, request) => requests.Add(request.Url);
        page.PageError += (_, error) => errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                errors.Add(message.Text);
        };

        await page.GotoAsync(server.Client.BaseAddress!.ToString());
        await page.GetByText("No slides yet.").WaitForAsync();
        await page.SetInputFilesAsync("#file", TestData.Slide("CMU-1-Small-Region.svs"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync(); // at once: it waits for the slide
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new(@"(normal|tumour) \d+\.\d %") }).ClickAsync();
        var heatmap = page.GetByAltText("Heatmap of instance scores over the slide");
        await heatmap.WaitForAsync();
        // Asked from here again and again: a function that polls in the page is eval, which the page's own policy forbids.
        for (int i = 0; i < 600 && await page.EvaluateAsync<int>("document.querySelector('.heatmap').naturalWidth") <= 100; i++)
            await Task.Delay(50);
        Assert.True(await page.EvaluateAsync<int>("document.querySelector('.heatmap').naturalWidth") > 100);
        Assert.Equal(12, await page.Locator(".tops img").CountAsync());

        await page.GotoAsync(new Uri(server.Client.BaseAddress, "/scalar/").ToString());
        await page.GetByText("Upload a slide; it is tiled and encoded by itself").First.WaitForAsync();
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.All(requests, url => Assert.True(url.StartsWith(server.Client.BaseAddress.ToString()) || url.StartsWith("data:") || url.StartsWith("blob:"), url));
        Assert.Empty(errors);
    }
}
