using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

public sealed class DashboardTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Every_page_is_reached_by_keys_alone_and_nothing_leaves_the_origin()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/");
        var page = browser.Page;
        await page.GetByRole(AriaRole.Heading, new() { Name = "Slides", Level = 1 }).WaitForAsync();
        foreach (var (key, name) in (( string, string)[])[("w", "Worklist"), ("c", "Cohorts"), ("r", "Runs"), ("m", "Models"), ("e", "Encoders"), ("j", "Jobs"), ("a", "Admin"), ("s", "Slides")])
        {
            await browser.GoAsync($"g{key}", name);
            Assert.Equal(name, await page.Locator("nav [aria-current=page]").InnerTextAsync());
            Assert.True(await page.Locator("footer").GetByText("Research use only").IsVisibleAsync());
        }
        await page.Keyboard.PressAsync("?");
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Keys" }).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GotoAsync("/scalar/");
        await page.GetByText("Upload a slide; it is tiled and encoded by itself").First.WaitForAsync();
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        browser.AssertNothingLeftTheOrigin(server.Client.BaseAddress!);
    }
}
