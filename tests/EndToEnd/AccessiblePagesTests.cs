using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

/// <summary>axe-core on every page, light and dark: nothing serious, nothing critical. With MHIM_PICTURES=FOLDER, each page is left there as a picture.</summary>
public sealed class AccessiblePagesTests(Stage stage) : IClassFixture<Stage>
{
    static readonly string[] Whole = ["run", "run-survival", "run-training", "run-new", "cohort-survival", "cohort-splits"];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_serious_on_any_page(ColorScheme scheme)
    {
        await using var browser = await Browser.OpenAsync(stage.Address, "/worklist", scheme: scheme);
        var page = browser.Page;
        var found = new List<string>();
        async Task LookAsync(string what, string? picture)
        {
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            if (picture is not null && Environment.GetEnvironmentVariable("MHIM_PICTURES") is { } folder)
            {
                // Figures below the fold are part of the picture, lists go on as they began.
                if (Whole.Contains(picture))
                    await page.SetViewportSizeAsync(1280, Math.Max(800, await page.EvaluateAsync<int>("() => document.querySelector('main').scrollHeight + document.querySelector('footer').offsetHeight")));
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{picture}-{scheme.ToString().ToLowerInvariant()}.png") });
                await page.SetViewportSizeAsync(1280, 800);
            }
            found.AddRange(await browser.SeriousAsync(what));
        }
        foreach (var (path, ready, picture) in new (string, string, string?)[]
        {
            ("/worklist", "Disagreement", "worklist"), ("/slides", "LN-2000-A", null), ("/cohorts", "Lymph nodes", "cohorts"), ($"/cohorts/{stage.Cohort}", "How the table was read", "cohort"),
            ($"/cohorts/{stage.Survival}", "Kaplan-Meier", "cohort-survival"), ("/runs", "Plain AB-MIL", "runs"), ("/runs/new", "Validation share", "run-new"), ($"/runs/{stage.Run}", "Most wrongly called", "run"),
            ($"/runs/{stage.SurvivalRun}", "Most wrongly ranked", "run-survival"), ("/models", "Lymph nodes, MHIM", "models"), ($"/models/{stage.Model}", "Model card", "model"), ("/encoders", "stain-texture", "encoders"),
            ("/jobs", "Train a fold", "jobs"), ("/admin/keys", "Make a key", "admin-keys"), ("/admin/audit", "POST", "admin-audit"), ("/admin/system", "Workers", "admin-system"), ("/slides/nowhere/to-be-found", "There is no such page", null),
        })
        {
            await page.GotoAsync(path);
            if (ready.Length > 0)
                await page.GetByText(ready).Locator("visible=true").First.WaitForAsync();
            if (picture == "run-new")
                await page.GetByText("Single settings").ClickAsync();
            await LookAsync(path, picture);
        }
        foreach (var (path, thing, tabs) in new (string, string, string[])[] { ($"/cohorts/{stage.Cohort}", "cohort", ["Slides", "Splits"]), ($"/runs/{stage.Run}", "run", ["Training", "Compare", "Models", "Settings"]) })
        {
            await page.GotoAsync(path);
            foreach (var tab in tabs)
            {
                await page.GetByRole(AriaRole.Tab, new() { Name = tab }).ClickAsync();
                if (tab == "Compare")
                {
                    await page.GetByLabel("Compare with").SelectOptionAsync(new SelectOptionValue { Index = 1 });
                    await page.GetByText("bootstrap").Locator("visible=true").First.WaitForAsync();
                }
                await LookAsync($"{path}, {tab}", $"{thing}-{tab.ToLowerInvariant()}");
            }
        }
        await page.GotoAsync("/admin/keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).First.ClickAsync();
        await LookAsync("make a key", null);
        Assert.Empty(found);
    }
}
