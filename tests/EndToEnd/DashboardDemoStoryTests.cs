using System.Text;
using Microsoft.Playwright;
using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>The whole work on drawn slides in the browser alone: slides and labels go in, models are trained, one reads a slide, a person judges it, a PDF comes out.</summary>
public sealed class DashboardDemoStoryTests : IDisposable
{
    const int Slides = 12;
    readonly string folder = Directory.CreateTempSubdirectory("mhim-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    static ILocator Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    [Fact]
    public async Task From_a_folder_of_slides_and_a_label_table_to_the_PDF()
    {
        var files = DemoStage.Draw(Path.Combine(folder, "slides"), Slides, _ => (1300, 1100));
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var page = browser.Page;
        await page.GetByText("Drop slides here").WaitForAsync();
        await DropAsync(page, files);
        await browser.UntilAsync(async () => await page.Locator("tbody tr").CountAsync() == Slides, "every slide that was dropped is in the list");

        // The table comes while the slides are still at work.
        await page.GotoAsync("/cohorts");
        await Button(page, "Add a label table").First.ClickAsync();
        await page.GetByLabel("Label table", new() { Exact = true }).SetInputFilesAsync(new FilePayload
        {
            Name = "labels.csv", MimeType = "text/csv",
            Buffer = Encoding.UTF8.GetBytes("case_id,slide_id,label\n" + string.Concat(files.Select((file, i) => $"{Path.GetFileNameWithoutExtension(file)},{Path.GetFileNameWithoutExtension(file)},{(i % 2 == 0 ? "tumour" : "normal")}\n"))),
        });
        await Button(page, "Read it").ClickAsync();
        await page.GetByText("Read as CLAM labels").WaitForAsync();
        await page.GetByText($"{Slides} slides of {Slides} patients.").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Train on it" }).ClickAsync();
        await page.GetByRole(AriaRole.Radio, new() { Name = "MHIM v2, small" }).CheckAsync();
        await page.GetByLabel("Folds", new() { Exact = true }).FillAsync("2");
        await page.GetByText("Single settings").ClickAsync();
        await page.GetByLabel("Epochs at most").FillAsync("4");
        await page.GetByLabel("student starts from").SelectOptionAsync("the whole baseline");
        await Button(page, "Start the run").ClickAsync();

        // Told while it lasts, without a reload: curves, and what is masked.
        await Button(page, "Call off").WaitForAsync();
        Assert.Equal("baseline", (string?)(await server.GetAsync("/runs"))["items"]![0]!["settings"]!["student"]);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Training" }).ClickAsync(); // which it stays on; else results take its place once they are there
        await page.GetByText("mask ratio: the easiest tiles").WaitForAsync();
        await page.GetByText("stay for the student").WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Results" }).ClickAsync();
        foreach (var figure in (string[])["ROC", "Precision and recall", "Calibration", "Confusion", "Every metric"])
            await Heading(page, figure).WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Models" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("Mine");
        await Button(page, "Take over").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Mine" }).WaitForAsync();

        await page.GotoAsync("/slides");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Choose all" }).CheckAsync();
        await page.GetByText($"{Slides} chosen").WaitForAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Choose case-012" }).UncheckAsync();
        for (var i = 3; i < Slides; i++)
            await page.GetByRole(AriaRole.Checkbox, new() { Name = $"Choose case-{i:000}" }).UncheckAsync();
        await Button(page, "Predict").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "case-002" }).Locator("a.call").ClickAsync();
        await page.Locator("[data-legend]").WaitForAsync();
        await Button(page, "Agree").ClickAsync();
        await Button(page, "Keep").ClickAsync();
        await page.Locator(".opinions").GetByText("You").WaitForAsync();
        var pdf = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "PDF report" }).ClickAsync());
        Assert.Equal("case-002.pdf", pdf.SuggestedFilename);
        var bytes = await File.ReadAllBytesAsync(await pdf.PathAsync());
        Assert.StartsWith("%PDF-", Encoding.ASCII.GetString(bytes, 0, 5));
        // Thumbnail, heatmap and tiles are in it, not squeezed until nothing of the tissue is left.
        var pictures = Jpegs(bytes).ToList();
        Assert.True(pictures.Count >= 10, $"{pictures.Count} pictures");
        Assert.All(pictures, picture => Assert.InRange(picture.BytesPerPixel, 0.03, 3));

        // What was agreed with is a label; a slide that is removed is gone.
        await page.GotoAsync("/worklist?seen=seen");
        var labels = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Labels" }).ClickAsync());
        Assert.Contains("case-002,case-002,", await File.ReadAllTextAsync(await labels.PathAsync()));
        await page.GotoAsync("/slides?state=ready&q=case-012");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Choose case-012" }).CheckAsync();
        await Button(page, "Remove").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Heading(page, "No slide is like this").WaitForAsync();
        Assert.Equal(Slides - 1, (await server.GetAsync("/slides?limit=100"))["items"]!.AsArray().Count);
        browser.AssertNothingLeftTheOrigin(server.Client.BaseAddress!);
    }

    // The pictures of a PDF, by how much of them is kept.
    static IEnumerable<(int Pixels, double BytesPerPixel)> Jpegs(byte[] pdf)
    {
        byte[] start = [0xFF, 0xD8, 0xFF];
        for (var at = 0; pdf.AsSpan(at).IndexOf(start) is >= 0 and var next;)
        {
            at += next;
            var length = pdf.AsSpan(at).IndexOf("endstream"u8);
            using var picture = SKBitmap.Decode(pdf.AsSpan(at, length));
            yield return (picture.Width * picture.Height, length / (double)(picture.Width * picture.Height));
            at += length;
        }
    }

    // As files from a folder of the desktop: a drop on the page, not a choice in its window.
    static async Task DropAsync(IPage page, string[] files)
    {
        await page.EvaluateAsync("() => { const input = document.createElement('input'); input.type = 'file'; input.multiple = true; input.id = 'desktop'; document.body.append(input); }");
        await page.SetInputFilesAsync("#desktop", files);
        await page.EvaluateAsync("""
            () => {
              const input = document.getElementById('desktop'), held = new DataTransfer();
              for (const file of input.files) held.items.add(file);
              input.remove();
              for (const name of ['dragover', 'drop'])
                document.querySelector('.drop-zone').dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: held }));
            }
            """);
    }
}
