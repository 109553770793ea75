using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

/// <summary>Roles, keys that end, and a service that goes away: what people with browsers see of it.</summary>
public sealed class PeoplePagesTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-people-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static ILocator Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    /// <summary>A key from the command line, as the first one is made.</summary>
    async Task<string> KeyAsync(string name, string role)
    {
        using var process = Server.StartProcess("key", "create", "--name", name, "--role", role, "--data", Path.Combine(folder, "data"));
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return System.Text.RegularExpressions.Regex.Match(text, "mhim_[A-Za-z0-9_-]{43}").Value;
    }

    static async Task SignInAsync(IPage page, string key)
    {
        await page.GetByLabel("API key").FillAsync(key);
        await page.Keyboard.PressAsync("Enter");
    }

    [Fact]
    public async Task A_viewer_sees_no_admin_and_when_the_key_ends_another_goes_on_where_it_was()
    {
        var (admin, viewer) = (await KeyAsync("Head of lab", "admin"), await KeyAsync("Student", "viewer"));
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--keys");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", admin);
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/runs");
        var page = browser.Page;
        await page.GetByLabel("API key").WaitForAsync();
        Assert.Empty(await browser.SeriousAsync("sign in"));
        await SignInAsync(page, viewer);
        await Heading(page, "No runs yet").WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Link, new() { Name = "New run" }).CountAsync());
        Assert.Equal(0, await page.Locator("nav").GetByRole(AriaRole.Link, new() { Name = "Admin" }).CountAsync());
        await page.Keyboard.TypeAsync("ga"); // the keys that lead administrators there; in one call, for the first is soon forgotten
        Assert.EndsWith("/runs", page.Url);
        await page.GotoAsync("/admin/system");
        await Heading(page, "For administrators").WaitForAsync();
        Assert.DoesNotContain(browser.Requests, url => url.Contains("/api/v1/system") || url.Contains("/api/v1/keys") || url.Contains("/api/v1/audit"));
        await page.GotoAsync("/runs/new");
        await Heading(page, "For researchers").WaitForAsync();
        await page.GotoAsync("/slides");
        await Heading(page, "No slides yet").WaitForAsync();
        Assert.Equal(0, await page.Locator(".drop-zone").CountAsync());
        await page.GotoAsync("/cohorts");
        await Heading(page, "No cohorts yet").WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Add a label table" }).CountAsync());

        // The viewer's key expires while the page is open.
        await page.GotoAsync("/jobs");
        await Heading(page, "No jobs yet").WaitForAsync();
        await using (var rows = Stage.Rows(Path.Combine(folder, "data")))
            Assert.Equal(1, await rows.ApiKeys.Where(k => k.Name == "Student").ExecuteUpdateAsync(set => set.SetProperty(k => k.ExpiresAt, DateTime.UtcNow.AddSeconds(-1))));
        await page.GetByLabel("State").SelectOptionAsync("failed");
        await page.GetByText("Your key is not valid any more").WaitForAsync();
        await SignInAsync(page, admin);
        await Heading(page, "No job like that").WaitForAsync(); // the filter is as it was
        await page.Locator("nav").GetByRole(AriaRole.Link, new() { Name = "Admin" }).ClickAsync();
        await page.GetByRole(AriaRole.Region, new() { Name = "Keys" }).GetByText("expired").WaitForAsync();
        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Student" }).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await page.GetByRole(AriaRole.Region, new() { Name = "Keys" }).GetByText("revoked").WaitForAsync();

        // A key is made, shown once, and works.
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync("Dr. Kim");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Role").SelectOptionAsync("researcher");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        var secret = await page.Locator("code.secret").InnerTextAsync();
        using var kim = new HttpClient { BaseAddress = server.Client.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", secret) } };
        Assert.Equal("researcher", (string?)(await kim.GetFromJsonAsync<JsonNode>("/api/v1/me"))!["role"]);
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await page.GetByText("Dr. Kim").WaitForAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());
        await page.GetByRole(AriaRole.Tab, new() { Name = "Audit trail" }).ClickAsync();
        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "DELETE" }).GetByText("Head of lab").WaitForAsync();
        browser.AssertNothingLeftTheOrigin(server.Client.BaseAddress!);
    }

    [Fact]
    public async Task A_key_that_ends_under_an_open_dialog_lets_another_sign_in_and_a_new_key_stays_until_it_is_kept()
    {
        var (first, second) = (await KeyAsync("Head of lab", "admin"), await KeyAsync("Deputy", "admin"));
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--keys");
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/admin");
        var page = browser.Page;
        await SignInAsync(page, first);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync("Dr. Kim");
        await using (var rows = Stage.Rows(Path.Combine(folder, "data")))
            Assert.Equal(1, await rows.ApiKeys.Where(k => k.Name == "Head of lab").ExecuteUpdateAsync(set => set.SetProperty(k => k.ExpiresAt, DateTime.UtcNow.AddSeconds(-1))));
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        await page.GetByText("Your key is not valid any more").WaitForAsync();
        await page.GetByLabel("API key").ClickAsync();
        await SignInAsync(page, second);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();

        var secret = await page.Locator("code.secret").InnerTextAsync();
        await page.Mouse.ClickAsync(8, 8);
        foreach (var _ in (int[])[1, 2])
            await page.Keyboard.PressAsync("Escape");
        await browser.UntilAsync(async () => await page.Locator("dialog[open] code.secret").CountAsync() == 1, "the key is still there");
        Assert.Equal(secret, await page.Locator("code.secret").InnerTextAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await browser.UntilAsync(async () => await page.GetByRole(AriaRole.Dialog).CountAsync() == 0, "it is closed");
    }

    [Fact]
    public async Task A_service_that_goes_away_is_told_and_what_was_seen_stays_until_it_is_back()
    {
        var data = Path.Combine(folder, "data");
        int port;
        Browser browser;
        using (var server = await Server.StartAsync(data))
        {
            port = server.Client.BaseAddress!.Port;
            browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/admin/system");
            await Heading(browser.Page, "Workers").WaitForAsync();
            server.Kill();
        }
        await using (browser)
        {
            await browser.Page.GetByText("The service does not answer").WaitForAsync();
            Assert.True(await Heading(browser.Page, "Workers").IsVisibleAsync());
            using var again = await Server.StartAsync([], data, port);
            await browser.UntilAsync(async () => await browser.Page.GetByText("The service does not answer").CountAsync() == 0, "the service is back");
            var started = (string)(await again.GetAsync("/system"))["startedAt"]!;
            await browser.Page.GetByText($"process {again.ProcessId}").Or(browser.Page.GetByText("at work")).First.WaitForAsync();
            Assert.NotNull(started);
            Assert.DoesNotContain(browser.Errors, error => !error.Contains("ERR_CONNECTION") && !error.Contains("Failed to fetch"));
        }
    }
}
