using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mhim.Workers.Tests;

namespace Mhim.Api.Tests.Uploads;

/// <summary>Uploads whose length is told late, and bodies that are cut.</summary>
public abstract partial class TusTests
{
    [SlideFact]
    public async Task The_length_may_be_told_with_the_last_piece()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"));
        var upload = await BeginDeferredAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, 0, bytes[..500_000])).StatusCode);
        var head = await service.Client.SendAsync(Request("HEAD", upload));
        Assert.Equal((500_000, "1", false), (OffsetOf(head), head.Headers.GetValues("Upload-Defer-Length").Single(), head.Headers.Contains("Upload-Length")));
        Assert.Null((await service.Client.GetFromJsonAsync<JsonNode>(upload))!["length"]);
        await Sweep.SweepAsync(DateTime.UtcNow, default); // it is not at its end
        var last = await SendAsync(upload, 500_000, bytes[500_000..], ("Upload-Length", $"{bytes.Length}"));
        Assert.Equal((HttpStatusCode.NoContent, bytes.Length), (last.StatusCode, OffsetOf(last)));
        var slide = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{last.Headers.GetValues("Mhim-Slide").Single()}"))!["slide"]!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (string?)slide["sha256"]);
        Assert.Equal(bytes.Length, (long)(await service.Client.GetFromJsonAsync<JsonNode>(upload))!["length"]!);
    }

    [Fact]
    public async Task A_length_that_is_told_late_is_told_once_and_holds()
    {
        var upload = await BeginDeferredAsync();
        await SendAsync(upload, 0, [1, 2, 3]);
        Assert.Equal("request-unreadable", await (await SendAsync(upload, 3, [4], ("Upload-Length", "2"))).ProblemAsync(400)); // less than there is
        Assert.Equal("request-unreadable", await (await SendAsync(upload, 3, [4], ("Upload-Length", "many"))).ProblemAsync(400));
        Assert.Equal("too-large", await (await SendAsync(upload, 3, [4], ("Upload-Length", "107374183"))).ProblemAsync(413));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, 3, [4], ("Upload-Length", "6"))).StatusCode);
        var head = await service.Client.SendAsync(Request("HEAD", upload));
        Assert.Equal((4, "6", false), (OffsetOf(head), head.Headers.GetValues("Upload-Length").Single(), head.Headers.Contains("Upload-Defer-Length")));
        Assert.Equal("request-unreadable", await (await SendAsync(upload, 4, [5], ("Upload-Length", "7"))).ProblemAsync(400));
        Assert.Equal("too-large", await (await SendAsync(upload, 4, [5, 6, 7])).ProblemAsync(413));
        Assert.StartsWith("slide-", await (await SendAsync(upload, 4, [5, 6], ("Upload-Length", "6"))).ProblemAsync(422)); // whole, and no slide
    }

    [Fact]
    public async Task Without_a_length_no_more_comes_than_a_file_may_have()
    {
        service.Settings["Mhim:Uploads:LargestGB"] = "0.000001";
        var upload = await BeginDeferredAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, 0, new byte[1000])).StatusCode);
        Assert.Equal("too-large", await (await SendAsync(upload, 1000, new byte[1000])).ProblemAsync(413));
        Assert.Equal(1000, await OffsetAsync(upload));
    }

    async Task<string> BeginDeferredAsync()
    {
        var answer = await service.Client.SendAsync(Request("POST", "/api/v1/uploads", null, ("Upload-Defer-Length", "1"), ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    /// <summary>A body that comes in two parts with something between them.</summary>
    sealed class Tap(byte[] first, Task then, byte[]? second = null) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(first);
            await stream.FlushAsync();
            await then;
            await stream.WriteAsync(second);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
