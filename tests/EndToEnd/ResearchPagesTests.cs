using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

/// <summary>The pages of researchers and administrators, in a real browser on a service with something on every page.</summary>
public sealed class ResearchPagesTests(Stage stage) : IClassFixture<Stage>
{
    static ILocator Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    [Fact]
    public async Task A_run_shows_curves_confusion_mistakes_and_what_chance_says_of_it_against_another()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, $"/runs/{stage.Run}");
        var page = browser.Page;
        await Heading(page, "ROC").WaitForAsync();
        var results = await stage.Server.GetAsync($"/runs/{stage.Run}/results");
        var auc = (double)results["models"]![1]!["pooled"]![0]!["value"]!;
        await page.GetByText($"AUC {auc:0.000}").First.WaitForAsync();
        Assert.Equal(36, (await page.Locator("table.confusion td b").AllInnerTextsAsync()).Sum(int.Parse));
        Assert.True(await page.Locator("main").GetByText("Research use only").First.IsVisibleAsync());
        var wrong = page.GetByRole(AriaRole.Region, new() { Name = "Most wrongly called" }).GetByRole(AriaRole.Link);
        if (await wrong.CountAsync() > 0)
            Assert.Matches("^/view/[0-9a-f-]{36}", await wrong.First.GetAttributeAsync("href"));

        await page.GetByRole(AriaRole.Tab, new() { Name = "Training" }).ClickAsync();
        await Heading(page, "What is left of a slide").WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Compare" }).ClickAsync();
        await page.GetByLabel("Compare with").SelectOptionAsync(new SelectOptionValue { Value = stage.OtherRun });
        await page.GetByText("paired bootstrap over patients").WaitForAsync();
        Assert.Matches("p [=<] ?0\\.", await page.Locator(".note").Last.InnerTextAsync());
        await page.GotoAsync($"/runs/{stage.SurvivalRun}");
        await page.GetByText("Log-rank").First.WaitForAsync();
        await Heading(page, "Most wrongly ranked").WaitForAsync();
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    [Fact]
    public async Task A_score_that_is_the_same_in_every_epoch_is_drawn_too()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/runs");
        await browser.Page.RouteAsync("**/progress", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """[{"fold":0,"scoreName":"auc","epochs":2,"curve":[{"stage":"baseline","epoch":1,"loss":0.5,"score":1,"kept":1},{"stage":"baseline","epoch":2,"loss":0.4,"score":1,"kept":1}]}]""",
        }));
        await browser.Page.GotoAsync($"/runs/{stage.Run}?tab=training");
        await Heading(browser.Page, "Validation AUC").WaitForAsync();
        await browser.UntilAsync(async () => await browser.Page.Locator(".u-over").CountAsync() == 2, "loss and score are drawn");
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    [Fact]
    public async Task A_label_table_is_read_divided_and_trained_on_with_the_keyboard_alone()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/worklist");
        var page = browser.Page;
        await Heading(page, "Worklist").WaitForAsync();
        await browser.GoAsync("gc", "Cohorts");
        await page.GetByRole(AriaRole.Link, new() { Name = "Lymph nodes", Exact = true }).WaitForAsync();
        await TabToAsync(page, "Add a label table");
        await page.Keyboard.PressAsync("Enter");
        // The window in which a file is chosen is the system's own.
        await page.GetByLabel("Label table", new() { Exact = true }).SetInputFilesAsync(new FilePayload
        {
            Name = "by-hand.csv", MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes("case_id,slide_id,label\n" + string.Concat(Enumerable.Range(0, 36).Select(s => $"LN-{2000 + s / 2},LN-{2000 + s / 2}-{(s % 2 == 0 ? "A" : "B")},{(s / 2 % 2 == 1 ? "tumour" : "normal")}\n"))),
        });
        await page.GetByText("by-hand.csv, 3 columns").WaitForAsync();
        await TabToAsync(page, "Read it");
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "by-hand").WaitForAsync();
        await page.GetByText("36 slides of 18 patients.").WaitForAsync();
        await TabToAsync(page, "Overview");
        await page.Keyboard.PressAsync("ArrowLeft"); // round to the last tab
        await page.GetByText("No patient and no slide is in two parts of a fold: 18 patients in 5 folds were checked.").WaitForAsync();
        await TabToAsync(page, "Train on it");
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "New run").WaitForAsync();
        Assert.Equal("by-hand", await page.GetByLabel("Cohort", new() { Exact = true }).EvaluateAsync<string>("e => e.options[e.selectedIndex].text"));
        await TabToAsync(page, "Start the run");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Call off" }).WaitForAsync();
        await TabToAsync(page, "Call off");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await TabToAsync(page, "Call off");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("The run was called off").WaitForAsync();
        browser.AssertNothingLeftTheOrigin(stage.Address);
    }

    [Fact]
    public async Task The_worklist_leads_from_the_hardest_slide_to_the_viewer_and_what_people_said_is_a_label_table()
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/worklist");
        var page = browser.Page;
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Worklist" });
        var first = (await stage.Server.GetAsync("/worklist?limit=1"))["items"]![0]!;
        // Rows are there before what they will say.
        await table.GetByRole(AriaRole.Row).Nth(1).GetByText((string)first["slideName"]!, new() { Exact = true }).WaitForAsync();
        Assert.Contains((string)first["reason"]!, await table.GetByRole(AriaRole.Row).Nth(1).InnerTextAsync());
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Labels" }).ClickAsync());
        Assert.StartsWith("case_id,slide_id,label\n", await File.ReadAllTextAsync(await download.PathAsync()));
        await page.GetByRole(AriaRole.Button, new() { Name = "Looked at", Exact = true }).ClickAsync();
        await page.GetByText("1 agree").First.WaitForAsync();
        Assert.Equal(0, await table.GetByText("not yet").CountAsync());
        await table.GetByRole(AriaRole.Row).Nth(1).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.WaitForURLAsync(new Regex("/view/[0-9a-f-]{36}\\?p="));
    }

    // As somebody without a mouse does; by what the focused thing is called.
    static async Task TabToAsync(IPage page, string name)
    {
        for (var press = 0; press < 120; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string>("() => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText ?? '').trim()") == name)
                return;
        }
        Assert.Fail($"'{name}' is not reached with Tab.");
    }
}
