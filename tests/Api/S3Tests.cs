using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Api.Tests.Predictions;
using Mhim.Api.Tests.Runs;
using Mhim.Api.Tests.Slides;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Blobs;
using Mhim.EndToEnd.Tests;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests;

/// <summary>Needs an S3 server and the real slides.</summary>
public sealed class S3SlideFactAttribute : FactAttribute
{
    public S3SlideFactAttribute() => Skip = S3Server.Missing ?? new SlideFactAttribute().Skip;
}

/// <summary>The service with its blobs in a bucket, and what it does while the bucket is away.</summary>
public sealed class S3Tests : IDisposable
{
    readonly S3Server server = new();
    readonly Service service = new();

    public S3Tests()
    {
        if (S3Server.Missing is null)
            foreach (var (key, value) in server.Settings())
                service.Settings[key] = value;
    }

    public void Dispose()
    {
        service.Dispose();
        server.Dispose();
    }

    // Below the prefix of the settings.
    string[] Objects => [.. server.Files.Select(file => file[(service.Settings["Mhim:S3:Prefix"].Length + 1)..])];

    async Task<string> ModelAsync()
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(TinyModel.Folder))
            form.Add(new ByteArrayContent(File.ReadAllBytes(file)), "files", Path.GetFileName(file));
        return (string)(await (await service.Client.PostAsync("/api/v1/models", form)).JsonAsync())["id"]!;
    }

    async Task<JsonNode> WaitAsync(string path)
    {
        JsonNode? answer = null;
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end; await Task.Delay(100))
            if ((string?)(answer = await service.Client.GetFromJsonAsync<JsonNode>(path))!["state"] is "succeeded" or "failed")
                return answer!;
        throw new TimeoutException(answer?.ToString());
    }

    [S3Fact]
    public async Task A_run_is_the_same_in_a_bucket_and_nothing_of_it_stays_when_it_is_removed()
    {
        await RunStory.TellAsync(service, twice: false);
        Assert.NotEmpty(Objects);
        Assert.DoesNotContain(Objects, file => file.StartsWith("runs/", StringComparison.Ordinal));
    }

    [S3SlideFact]
    public async Task A_slide_is_tiled_predicted_looked_at_from_a_machine_without_copies_and_removed_with_all_its_objects()
    {
        var model = await ModelAsync();
        var slide = (string)(await (await service.UploadAsync(TestData.Slide("CMU-1-Small-Region.svs"))).JsonAsync())["id"]!;
        Assert.Contains($"slides/{slide}/original.svs", Objects);
        var prediction = (string)(await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync())["id"]!;
        Assert.Equal("succeeded", (string?)(await WaitAsync($"/api/v1/predictions/{prediction}"))["state"]);
        Assert.Contains($"predictions/{prediction}/heatmap.png", Objects);
        Assert.Equal(3, Objects.Count(file => file.StartsWith($"models/{model}/", StringComparison.Ordinal)));

        foreach (var kind in (string[])["slides", "predictions", "models"])
            Directory.Delete(Path.Combine(service.Blobs, kind), recursive: true);
        await ReadingStory.TellAsync(service, prediction);
        Assert.Equal("image/png", (await service.Client.GetAsync($"/api/v1/slides/{slide}/thumbnail")).Content.Headers.ContentType?.MediaType);
        Assert.True((await service.Client.GetByteArrayAsync($"/api/v1/slides/{slide}/dzi_files/8/0_0.jpeg")).Length > 100);
        var details = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{slide}"))!;
        Assert.True(details["quality"] is not null && details["resolution"] is not null, details.ToString());

        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{slide}")).StatusCode);
        // The story leaves a cohort.
        Assert.All(Objects, file => Assert.True(file.StartsWith($"models/{model}/", StringComparison.Ordinal) || file.StartsWith("cohorts/", StringComparison.Ordinal), file));
        Assert.DoesNotContain(service.Files, file => file.Contains(slide) || file.Contains(prediction));
    }

    [S3Fact]
    public async Task A_slide_of_several_files_is_fetched_whole()
    {
        var slide = (string)(await (await service.UploadAsync(ZipTests.MiraxZip, "S-1.zip")).JsonAsync())["id"]!;
        Assert.True(Objects.Count(file => file.StartsWith($"slides/{slide}/original/slide/", StringComparison.Ordinal)) > 1);
        await service.WaitForSlideAsync(slide, "ready", "failed");
        Directory.Delete(Path.Combine(service.Blobs, "slides"), recursive: true);
        Assert.True((await service.Client.GetByteArrayAsync($"/api/v1/slides/{slide}/dzi_files/8/0_0.jpeg")).Length > 100);
    }

    [S3SlideFact]
    public async Task While_the_bucket_is_away_everything_says_so_and_nothing_is_half_done_and_when_it_is_back_all_goes_on()
    {
        var path = TestData.Slide("CMU-1-Small-Region.svs");
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);
        var slide = (string)(await (await service.UploadAsync(path)).JsonAsync())["id"]!;
        await service.WaitForSlideAsync(slide, "ready");
        var model = await ModelAsync();
        var before = Objects;
        server.Stop();

        var ready = await service.Client.GetAsync("/health/ready");
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Equal(["blobs"], (await ready.JsonAsync())["checks"]!.AsObject().Where(check => (string?)check.Value!["status"] == "unhealthy").Select(check => check.Key));

        var other = (byte[])[.. File.ReadAllBytes(path), 1]; // other content, same picture
        Assert.Equal(BlobsAwayException.Code, await (await service.UploadAsync(other, "other.svs")).ProblemAsync(503));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(service.Blobs, "incoming")));
        var upload = await TusAsync(HttpMethod.Post, "/api/v1/uploads", null, ("Upload-Length", $"{other.Length}"), ("Upload-Metadata", "filename b3RoZXIuc3Zz"));
        var place = upload.Headers.Location!.ToString();
        Assert.Equal(BlobsAwayException.Code, await (await TusAsync(HttpMethod.Patch, place, other, ("Upload-Offset", "0"))).ProblemAsync(503));
        Assert.Equal(BlobsAwayException.Code, await (await service.Client.DeleteAsync($"/api/v1/slides/{slide}")).ProblemAsync(503));
        Assert.Equal("ready", (string?)(await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{slide}"))!["slide"]!["state"]);
        await using (var rows = service.Rows())
            Assert.Equal(1, await rows.Slides.CountAsync());

        var prediction = (string)(await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = slide, modelId = model })).JsonAsync())["id"]!;
        var failed = await WaitAsync($"/api/v1/predictions/{prediction}");
        Assert.Equal(("failed", BlobsAwayException.Code), ((string?)failed["state"], (string?)failed["errorCode"]));
        Assert.Contains("does not answer", (string?)failed["error"]);

        server.Start();
        Assert.Equal(before, Objects);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await TusAsync(HttpMethod.Head, place, null)).StatusCode); // all of it has come, and now it is taken
        var taken = (string)(await service.Client.GetFromJsonAsync<JsonNode>(place))!["slideId"]!;
        Assert.Contains($"slides/{taken}/original.svs", Objects);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.PostAsync($"/api/v1/jobs/{failed["jobId"]}/retry", null)).StatusCode);
        Assert.Equal("succeeded", (string?)(await WaitAsync($"/api/v1/predictions/{prediction}"))["state"]);
        await service.WaitForSlideAsync(taken, "ready");
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{taken}")).StatusCode);
        Assert.DoesNotContain(Objects, file => file.Contains(taken));
    }

    async Task<HttpResponseMessage> TusAsync(HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        return await service.Client.SendAsync(request);
    }
}
