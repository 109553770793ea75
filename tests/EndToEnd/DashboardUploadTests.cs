using Mhim.Workers.Tests;
using Microsoft.Playwright;

namespace Mhim.EndToEnd.Tests;

public sealed class DashboardUploadTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SlideFact]
    public async Task An_upload_that_is_cut_goes_on_where_it_was_also_after_the_page_was_left()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var page = browser.Page;
        var file = Path.Combine(folder, "padded.svs");
        // Larger than a piece, and still the slide that it was: readers of TIFF do not mind what stands behind.
        await File.WriteAllBytesAsync(file, [.. await File.ReadAllBytesAsync(TestData.Slide("CMU-1-Small-Region.svs")), .. new byte[40 << 20]]);
        var offsets = new List<string>();
        page.Request += (_, request) =>
        {
            if (request.Method == "PATCH")
                lock (offsets)
                    offsets.Add(request.Headers["upload-offset"]);
        };
        // The first piece arrives; the wire is cut before the second.
        var pieces = 0;
        await page.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            if (route.Request.Method == "PATCH" && ++pieces > 1)
                await route.AbortAsync("connectionreset");
            else
                await route.ContinueAsync();
        });
        await page.GetByText("Drop slides here").WaitForAsync();
        await page.SetInputFilesAsync("#file", file);
        await browser.UntilAsync(() => Task.FromResult(pieces > 1), "the second piece was cut");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause padded.svs" }).ClickAsync();
        await page.GetByText("Paused at").WaitForAsync();

        // Left and opened again: nothing of the page is there any more but what the browser kept of the upload.
        await page.UnrouteAllAsync();
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GotoAsync("/slides");
        await page.GetByText("Drop slides here").WaitForAsync();
        lock (offsets)
            offsets.Clear();
        await page.SetInputFilesAsync("#file", file);
        await page.GetByText("padded", new() { Exact = true }).First.WaitForAsync();
        await browser.UntilAsync(async () => (await server.GetAsync("/slides"))["items"]!.AsArray().Count == 1, "the slide is there");
        lock (offsets)
            Assert.Equal($"{16 << 20}", offsets[0]);
        Assert.Equal(new FileInfo(file).Length, (long)(await server.GetAsync("/slides"))["items"]![0]!["size"]!);
    }

    [SlideFact]
    public async Task An_upload_goes_on_where_it_was_after_answers_that_say_nothing_of_it()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var page = browser.Page;
        var file = Path.Combine(folder, "padded.svs");
        await File.WriteAllBytesAsync(file, [.. await File.ReadAllBytesAsync(TestData.Slide("CMU-1-Small-Region.svs")), .. new byte[20 << 20]]);
        var (begun, pieces, asked) = (0, 0, 0);
        page.Request += (_, request) => begun += request.Method == "POST" && request.Url.EndsWith("/api/v1/uploads") ? 1 : 0;
        // What stands before the service says that it is away: to the second piece, and to the question how much has come.
        await page.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            if ((route.Request.Method == "PATCH" && ++pieces == 2) || (route.Request.Method == "HEAD" && ++asked == 1))
                await route.FulfillAsync(new() { Status = 502, ContentType = "text/html", Body = "<h1>502 Bad Gateway</h1>" });
            else
                await route.ContinueAsync();
        });
        await page.GetByText("Drop slides here").WaitForAsync();
        await page.SetInputFilesAsync("#file", file);
        await browser.UntilAsync(async () => (await server.GetAsync("/slides"))["items"]!.AsArray().Count == 1, "the slide is there");
        Assert.Equal((1, 3, 2), (begun, pieces, asked));
    }

    [SlideFact]
    public async Task A_file_that_is_chosen_again_with_other_options_is_another_upload_and_one_that_is_here_says_so()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var page = browser.Page;
        var file = TestData.Slide("CMU-1-Small-Region.svs");
        var pieces = 0;
        await page.RouteAsync("**/api/v1/uploads/*", async route =>
        {
            pieces++;
            await route.AbortAsync("connectionreset");
        });
        await page.GetByText("Drop slides here").WaitForAsync();
        await page.SetInputFilesAsync("#file", file);
        await browser.UntilAsync(() => Task.FromResult(pieces > 0), "the first piece was cut");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause CMU-1-Small-Region.svs" }).ClickAsync();
        await page.GetByText("Paused at").WaitForAsync();
        await page.UnrouteAllAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Options" }).ClickAsync();
        var mpp = page.GetByRole(AriaRole.Textbox, new() { Name = "Micrometres per pixel" });
        await mpp.FillAsync("0.45");
        await page.SetInputFilesAsync("#file", file);
        await browser.UntilAsync(async () => (await server.GetAsync("/slides"))["items"]!.AsArray().Count == 1, "the slide is there");
        Assert.Equal(0.45, (double)(await server.GetAsync("/slides"))["items"]![0]!["mpp"]!);

        await mpp.FillAsync("0.4");
        await page.SetInputFilesAsync("#file", file);
        await page.GetByText("This file was here already; the options were not applied to it.").WaitForAsync();
    }

    [Fact]
    public async Task A_slide_that_could_not_be_tiled_is_tried_again_without_an_error()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        var file = Path.Combine(folder, "glass.tif");
        using (var glass = (NetVips.Image.Black(1200, 900, 3) + 244).Cast(NetVips.Enums.BandFormat.Uchar).Copy(interpretation: NetVips.Enums.Interpretation.Srgb))
            glass.Tiffsave(file, tile: true, pyramid: true, compression: NetVips.Enums.ForeignTiffCompression.Jpeg, resunit: NetVips.Enums.ForeignTiffResunit.Cm, xres: 2000, yres: 2000);
        var slide = (string)(await server.SendFilesAsync("/slides", file))["id"]!;
        await server.WaitAsync($"/slides/{slide}", answer => (string?)answer["slide"]!["state"], "failed");
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var told = browser.Page.GetByText("The slide is tried again.").WaitForAsync(); // from before the click on: it is gone after four seconds
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await told;
    }
}
