using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

/// <summary>A browser on a service; keeps what pages asked for and complained of.</summary>
sealed class Browser : IAsyncDisposable
{
    readonly IPlaywright playwright;
    readonly IBrowser browser;

    Browser(IPlaywright playwright, IBrowser browser, IPage page) => (this.playwright, this.browser, Page) = (playwright, browser, page);

    public IPage Page { get; }

    public ConcurrentBag<string> Requests { get; } = [];

    /// <summary>Errors that no page shows: exceptions, and what the console says of the page's own policy.</summary>
    public ConcurrentBag<string> Errors { get; } = [];

    public static async Task<Browser> OpenAsync(Uri service, string path, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-gpu"] });
        var context = await browser.NewContextAsync(new()
            { BaseURL = service.ToString(), ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, AcceptDownloads = true });
        // MHIM_BROWSER_DELAY: every answer comes late by up to so many milliseconds; a test that looks before something is there then fails at once, not on a busy machine only.
        if (int.TryParse(Environment.GetEnvironmentVariable("MHIM_BROWSER_DELAY"), out var delay))
            await context.RouteAsync("**/api/v1/**", async route =>
            {
                await Task.Delay(Random.Shared.Next(delay));
                await route.ContinueAsync();
            });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(600_000); // slides are encoded and models trained meanwhile, perhaps on a busy machine
        var made = new Browser(playwright, browser, page);
        page.Request += (_, request) => made.Requests.Add(request.Url);
        page.PageError += (_, error) => made.Errors.Add(error);
        page.Console += (_, message) =>
        {
            // Answers that are no success are told by the page itself.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource"))
                made.Errors.Add(message.Text);
        };
        await page.GotoAsync(path);
        return made;
    }

    /// <summary>Presses two keys after one another that lead to a page, and waits for its heading.</summary>
    public async Task GoAsync(string keys, string heading)
    {
        var there = Page.GetByRole(AriaRole.Heading, new() { Name = heading, Exact = true, Level = 1 });
        for (var tries = 1; ; tries++)
        {
            var clock = Stopwatch.StartNew();
            await Page.Keyboard.TypeAsync(keys);
            // The page forgets the first key after 1.2 s. Only a pair that may have been too slow for that is pressed again; any other has to do.
            var slow = clock.Elapsed > TimeSpan.FromSeconds(1) && tries < 30;
            try
            {
                await there.WaitForAsync(slow ? new() { Timeout = 10_000 } : new());
                return;
            }
            catch (TimeoutException) when (slow)
            {
            }
        }
    }

    /// <summary>Asks again and again until it is so. From here: a function that polls in the page is eval, which the page's own policy forbids.</summary>
    public async Task UntilAsync(Func<Task<bool>> so, string what)
    {
        for (var end = DateTime.UtcNow.AddMinutes(10); !await so(); await Task.Delay(30))
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"Waited ten minutes for: {what}. The page says: {await Page.Locator("body").InnerTextAsync()}");
    }

    /// <summary>What axe-core finds serious or critical on the page as it is now.</summary>
    public async Task<IReadOnlyList<string>> SeriousAsync(string what)
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(AxePath()));
        // Colours that have just changed are on their way until the next frames, however short the way is.
        await Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => Promise.allSettled(document.getAnimations().map(one => one.finished)).then(done))))");
        var violations = await Page.EvaluateAsync<JsonElement>("() => axe.run().then(r => r.violations)");
        return [.. violations.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(v => $"{what}: {v.GetProperty("id")} at {string.Join(", ", v.GetProperty("nodes").EnumerateArray().Take(3).Select(n => n.GetProperty("target").ToString()))}")];
    }

    // What builds the dashboard brings axe along.
    static string AxePath()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "src/Api/Dashboard/node_modules/axe-core/axe.min.js") is var path && File.Exists(path))
                return path;
        throw new FileNotFoundException("axe-core is not beside the dashboard's sources; build it first.");
    }

    public void AssertNothingLeftTheOrigin(Uri service)
    {
        Assert.All(Requests, url => Assert.True(url.StartsWith(service.ToString()) || url.StartsWith("data:") || url.StartsWith("blob:"), url));
        Assert.Empty(Errors);
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
