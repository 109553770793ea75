using System.Net;
using System.Net.Http.Json;
using Mhim.Data.Entities;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;
using NetVips;

namespace Mhim.Api.Tests.Slides;

public sealed class UploadTests(Service service) : IClassFixture<Service>
{
    internal static readonly Lazy<byte[]> NoResolution = new(() =>
    {
        var path = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}.tif");
        using (var image = Image.Black(700, 600, bands: 3) + new double[] { 200, 150, 190 })
            image.Cast(Enums.BandFormat.Uchar).Tiffsave(path, tile: true, pyramid: true);
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    });

    public static TheoryData<string> Broken
    {
        get
        {
            var files = new TheoryData<string>();
            if (TestData.Folder is not null)
                foreach (var file in Directory.EnumerateFiles(TestData.Slide("broken")).Order())
                    files.Add(Path.GetFileName(file));
            return files;
        }
    }

    [SlideTheory]
    [MemberData(nameof(Broken))]
    public async Task A_file_that_is_no_slide_is_refused_and_leaves_nothing(string name)
    {
        var (files, rows) = await service.AtRestAsync();
        var answer = await service.UploadAsync(TestData.Slide("broken/" + name));
        Assert.StartsWith("slide-", await answer.ProblemAsync(422));
        var sentence = (string)(await answer.JsonAsync())["detail"]!;
        Assert.Contains(name, sentence);
        Assert.DoesNotContain(service.Folder, sentence);
        var after = await service.AtRestAsync();
        Assert.Equal(files, after.Files);
        Assert.Equal(rows, after.Rows);
    }

    [Fact]
    public async Task An_empty_file_is_refused_as_empty() =>
        Assert.Equal("slide-empty", await (await service.UploadAsync([], "empty.svs")).ProblemAsync(422));

    [Fact]
    public async Task A_form_that_cannot_be_read_is_a_bad_request()
    {
        var (files, _) = await service.AtRestAsync();
        async Task<string> CodeAsync(HttpContent content) => await (await service.Client.PostAsync("/api/v1/slides", content)).ProblemAsync(400);
        Assert.Equal("media-type", await (await service.Client.PostAsync("/api/v1/slides", new StringContent("x"))).ProblemAsync(415));
        Assert.Equal("request-unreadable", await CodeAsync(new MultipartFormDataContent { { new StringContent("x"), "name" } }));
        Assert.Equal("request-unreadable", await CodeAsync(new MultipartFormDataContent
            { { new ByteArrayContent([1]), "file", "a.svs" }, { new ByteArrayContent([2]), "file", "b.svs" } }));
        var cut = new ByteArrayContent("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.svs\"\r\n\r\nabc"u8.ToArray());
        cut.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        Assert.Equal("request-unreadable", await CodeAsync(cut));
        Assert.Equal("request-unreadable", await (await service.UploadAsync([1, 2], "a.svs", ("mpp", "much"))).ProblemAsync(400));
        Assert.Equal("request-unreadable", await (await service.UploadAsync([1, 2], "a.svs", ("name", "../up"))).ProblemAsync(400));
        Assert.Equal(files, (await service.AtRestAsync()).Files);
    }

    [SlideFact]
    public async Task The_same_content_again_is_the_same_slide_and_a_taken_name_is_refused()
    {
        var path = TestData.Slide("CMU-1-Small-Region.svs");
        var first = await service.UploadAsync(path);
        var again = await service.UploadAsync(path, "other-name.svs");
        Assert.True(first.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal((string?)(await first.JsonAsync())["id"], (string?)(await again.JsonAsync())["id"]);
        var files = service.Files;
        Assert.Equal("slide-name-taken", await (await service.UploadAsync(TestData.Slide("fluorescence-DAPI.ndpi"), "CMU-1-Small-Region.ndpi")).ProblemAsync(409));
        Assert.Equal(files.Where(f => f.Contains("original")), service.Files.Where(f => f.Contains("original")));
    }

    [Fact]
    public async Task A_slide_without_resolution_waits_for_one_and_cannot_be_predicted_before()
    {
        var answer = await service.UploadAsync(NoResolution.Value, "../../no-resolution.tif");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var slide = await answer.JsonAsync();
        Assert.Equal(("needs-mpp", "no-resolution", "no-resolution.tif"), ((string?)slide["state"], (string?)slide["name"], (string?)slide["fileName"]));
        Assert.StartsWith("mpp-", (string?)slide["problemCode"]);
        Assert.Contains("'no-resolution.tif'", (string?)slide["problem"]);
        Assert.DoesNotContain("--", (string?)slide["problem"]);
        Assert.All(service.Files, file => Assert.StartsWith(service.Blobs, file));
        await using var rows = service.Rows();
        var id = Guid.Parse((string)slide["id"]!);
        Assert.False(await rows.Jobs.AnyAsync(j => j.SlideId == id));

        Assert.Equal("mpp-implausible", await (await service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { mpp = -1 })).ProblemAsync(422));
        Assert.Equal("request-unreadable", await (await service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { })).ProblemAsync(400));
        var known = await (await service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { mpp = 0.5 })).JsonAsync();
        Assert.Equal((0.5, "user"), ((double)known["mpp"]!, (string?)known["mppSource"]));
        Assert.Equal(2, await rows.Jobs.CountAsync(j => j.SlideId == id));
        await service.WaitForSlideAsync(id.ToString(), "failed", "ready");
    }

    [Fact]
    public async Task A_resolution_that_two_people_state_at_once_is_that_of_the_first_and_the_second_is_told()
    {
        var id = (string)(await (await service.UploadAsync([.. NoResolution.Value, 11], "stated.tif")).JsonAsync())["id"]!;
        Task<HttpResponseMessage> StateAsync(double mpp) => service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { mpp });
        HttpResponseMessage? first = null;
        using (RowWatch.Saving<Slide>(() => first = Task.Run(() => StateAsync(0.5)).GetAwaiter().GetResult()))
            Assert.Equal("slide-taken", await (await StateAsync(0.25)).ProblemAsync(409));
        Assert.Equal(HttpStatusCode.OK, first!.StatusCode);
        Assert.Equal(0.5, (double)(await service.WaitForSlideAsync(id, "failed", "ready", "processing"))["slide"]!["mpp"]!);
    }

    [SlideFact]
    public async Task A_slide_that_is_refused_for_its_stain_is_tiled_again_when_its_owner_says_so()
    {
        var id = (string)(await (await service.UploadAsync(TestData.Slide("fluorescence-DAPI.ndpi"), "dapi.ndpi")).JsonAsync())["id"]!;
        var refused = await service.WaitForSlideAsync(id, "failed", "ready", "needs-mpp");
        Assert.Equal(("failed", "not-brightfield"), ((string?)refused["slide"]!["state"], (string?)refused["slide"]!["problemCode"]));
        Assert.Contains("anyStain", (string?)refused["slide"]!["problem"]);
        Assert.DoesNotContain("--", (string?)refused["slide"]!["problem"]);
        var again = await (await service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { anyStain = true })).JsonAsync();
        Assert.Equal(("processing", true), ((string?)again["state"], (bool)again["anyStain"]!));
        await service.WaitForSlideAsync(id, "ready");
        Assert.Equal("slide-not-failed", await (await service.Client.PatchAsJsonAsync($"/api/v1/slides/{id}", new { anyStain = false })).ProblemAsync(409));
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{id}")).StatusCode);
    }

    [Fact]
    public async Task Encoder_and_stain_are_chosen_with_the_upload_and_what_cannot_be_chosen_is_refused_by_its_field()
    {
        var (files, _) = await service.AtRestAsync();
        var unknown = await service.UploadAsync(NoResolution.Value, "chosen.tif", ("encoder", "../../etc"));
        Assert.Equal("encoder-unknown", await unknown.ProblemAsync(422));
        Assert.NotNull((await unknown.JsonAsync())["errors"]!["encoder"]);
        Assert.Equal("request-unreadable", await (await service.UploadAsync(NoResolution.Value, "chosen.tif", ("anyStain", "perhaps"))).ProblemAsync(400));
        Assert.Equal(files, (await service.AtRestAsync()).Files);
        var slide = await (await service.UploadAsync([.. NoResolution.Value, 9], "chosen.tif", ("encoder", "stain-texture"), ("anyStain", "true"))).JsonAsync();
        Assert.Equal(("stain-texture", true), ((string?)slide["encoderId"], (bool)slide["anyStain"]!));
    }

    [Fact]
    public async Task A_removed_slide_is_gone_with_its_files_but_not_while_somebody_works_on_it()
    {
        var bytes = NoResolution.Value.Append((byte)7).ToArray(); // other content, same picture
        var id = Guid.Parse((string)(await (await service.UploadAsync(bytes, "to-remove.tif")).JsonAsync())["id"]!);
        await using var rows = service.Rows();
        var job = new Job { Key = $"tile:{id}", Queue = "none", SlideId = id, State = JobState.Running, HeartbeatAt = DateTime.UtcNow.AddDays(1) };
        rows.Add(job);
        await rows.SaveChangesAsync();
        Assert.Equal("slide-busy", await (await service.Client.DeleteAsync($"/api/v1/slides/{id}")).ProblemAsync(409));
        job.State = JobState.Failed;
        await rows.SaveChangesAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{id}")).StatusCode);
        Assert.Equal("slide-unknown", await (await service.Client.GetAsync($"/api/v1/slides/{id}")).ProblemAsync(404));
        Assert.DoesNotContain(service.Files, file => file.Contains(id.ToString()));
        Assert.False(await rows.Jobs.AnyAsync(j => j.SlideId == id));
    }

    [SlideFact]
    public async Task Deep_Zoom_serves_every_tile_of_the_pyramid_and_nothing_beside_it()
    {
        var id = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        var dzi = await service.Client.GetStringAsync($"/api/v1/slides/{id}/dzi");
        Assert.Contains("Width=\"2220\" Height=\"2967\"", dzi);
        Assert.Contains("Overlap=\"0\" TileSize=\"240\"", dzi); // the file's own tiles
        foreach (var tile in (string[])["dzi_files/12/0_0.jpeg", "dzi_files/12/9_12.jpeg", "slide_files/0/0_0.jpeg"])
        {
            var answer = await service.Client.GetAsync($"/api/v1/slides/{id}/{tile}");
            Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Equal([0xFF, 0xD8], (await answer.Content.ReadAsByteArrayAsync())[..2]);
        }
        // A whole tile is passed through: its compressed pixels are those of the file.
        var tileBytes = await service.Client.GetByteArrayAsync($"/api/v1/slides/{id}/dzi_files/12/4_5.jpeg");
        var scan = tileBytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA, 0, 12]);
        Assert.True(File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs")).AsSpan().IndexOf(tileBytes.AsSpan(scan)) > 0);
        foreach (var tile in (string[])["dzi_files/12/10_0.jpeg", "dzi_files/13/0_0.jpeg", "dzi_files/-1/0_0.jpeg", "dzi_files/12/0_0.png", "dzi_files/12/x.jpeg",
                     "dzi_files/12/99999999999_0.jpeg", "dzi_files/12/-1_0.jpeg"])
            await (await service.Client.GetAsync($"/api/v1/slides/{id}/{tile}")).ProblemAsync(404);
        await (await service.Client.GetAsync($"/api/v1/slides/{Guid.NewGuid()}/dzi")).ProblemAsync(404);
    }
}
