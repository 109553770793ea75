using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Api.Uploads;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Mhim.Workers.Tests;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mhim.Api.Tests.Uploads;

public sealed class SqliteTusTests : TusTests
{
    protected override string? Postgres => null;
}

public sealed class PostgresTusTests(PostgresCluster cluster) : TusTests, IClassFixture<PostgresCluster>
{
    protected override string? Postgres => cluster.ConnectionString;
}

/// <summary>Uploads in pieces, on either provider.</summary>
public abstract partial class TusTests : IDisposable
{
    readonly Service service;

    protected TusTests() => service = new Service(Postgres) { Settings = { ["Mhim:Uploads:LargestGB"] = "0.1" } };

    protected abstract string? Postgres { get; }

    public void Dispose() => service.Dispose();

    static HttpRequestMessage Request(string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content, Headers = { { "Tus-Resumable", "1.0.0" } } };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    static string Metadata(params (string Key, string Value)[] pairs) =>
        string.Join(',', pairs.Select(pair => $"{pair.Key} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))}"));

    async Task<string> BeginAsync(long length, string fileName = "a.svs", HttpClient? client = null)
    {
        var answer = await (client ?? service.Client).SendAsync(Request("POST", "/api/v1/uploads", null, ("Upload-Length", $"{length}"), ("Upload-Metadata", Metadata(("filename", fileName)))));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        Assert.True(DateTimeOffset.Parse(answer.Headers.GetValues("Upload-Expires").Single(), CultureInfo.InvariantCulture) > DateTimeOffset.UtcNow);
        return answer.Headers.Location!.ToString();
    }

    static HttpContent Piece(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return content;
    }

    // A client that follows redirects keeps bodies back until they are whole.
    HttpClient Streaming => field ??= service.CreateClient(new() { AllowAutoRedirect = false });

    Task<HttpResponseMessage> SendAsync(string upload, long offset, HttpContent content, params (string, string)[] headers) =>
        Streaming.SendAsync(Request("PATCH", upload, Piece(content), [("Upload-Offset", $"{offset}"), .. headers]));

    Task<HttpResponseMessage> SendAsync(string upload, long offset, byte[] content, params (string, string)[] headers) =>
        SendAsync(upload, offset, new ByteArrayContent(content), headers);

    static long OffsetOf(HttpResponseMessage answer) => long.Parse(answer.Headers.GetValues("Upload-Offset").Single());

    async Task<long> OffsetAsync(string upload) => OffsetOf(await service.Client.SendAsync(Request("HEAD", upload)));

    [SlideFact]
    public async Task A_slide_in_pieces_becomes_the_slide_that_it_is_in_one_piece()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"));
        var upload = await BeginAsync(bytes.Length, "../x/ü.svs");
        Assert.Equal(0, await OffsetAsync(upload));
        HttpResponseMessage? last = null;
        for (var at = 0; at < bytes.Length; at += 700_000)
        {
            var piece = bytes[at..Math.Min(bytes.Length, at + 700_000)];
            var (algorithm, hash) = at % 2 == 0 ? ("sha1", SHA1.HashData(piece)) : ("sha256", SHA256.HashData(piece));
            last = await SendAsync(upload, at, piece, ("Upload-Checksum", $"{algorithm} {Convert.ToBase64String(hash)}"));
            Assert.Equal((HttpStatusCode.NoContent, at + piece.Length), (last.StatusCode, OffsetOf(last)));
            Assert.Equal("1.0.0", last.Headers.GetValues("Tus-Resumable").Single());
        }
        var state = await service.Client.GetFromJsonAsync<JsonNode>(upload);
        var id = last!.Headers.GetValues("Mhim-Slide").Single();
        Assert.Equal(("accepted", id, "ü.svs"), ((string?)state!["state"], (string?)state["slideId"], (string?)state["fileName"]));
        var slide = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{id}"))!["slide"]!;
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), "ü"), ((string?)slide["sha256"], (string?)slide["name"]));
        Assert.Equal(id, (string?)(await (await service.UploadAsync(bytes, "again.svs")).JsonAsync())["id"]);
        Assert.DoesNotContain(service.Files, file => file.Contains("/uploads/"));
        // The same in the request that begins it, whole: known by its content.
        var again = await service.Client.SendAsync(Request("POST", "/api/v1/uploads", Piece(new ByteArrayContent(bytes)), ("Upload-Length", $"{bytes.Length}"), ("Upload-Metadata", Metadata(("filename", "b.svs")))));
        Assert.Equal((HttpStatusCode.Created, bytes.Length, id), (again.StatusCode, OffsetOf(again), again.Headers.GetValues("Mhim-Slide").Single()));
        Assert.Equal(bytes.Length, await OffsetAsync(again.Headers.Location!.ToString()));
        await service.WaitForSlideAsync(id, "ready", "failed");
    }

    [Fact]
    public async Task A_file_that_is_no_slide_is_refused_when_its_last_byte_has_come_and_its_bytes_are_gone()
    {
        var upload = await BeginAsync(4);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, 0, [1, 2])).StatusCode);
        Assert.Contains(service.Files, file => file.Contains("/uploads/"));
        Assert.StartsWith("slide-", await (await SendAsync(upload, 2, [3, 4])).ProblemAsync(422));
        Assert.DoesNotContain(service.Files, file => file.Contains("/uploads/"));
        Assert.Equal(HttpStatusCode.Gone, (await service.Client.SendAsync(Request("HEAD", upload))).StatusCode);
        Assert.Equal("refused", (string?)(await service.Client.GetFromJsonAsync<JsonNode>(upload))!["state"]);
        await using var rows = service.Rows();
        Assert.False(await rows.Slides.AnyAsync(s => s.FileName == "a.svs"));
    }

    [Fact]
    public async Task A_cut_in_the_middle_keeps_what_came_and_the_upload_goes_on_from_there()
    {
        var upload = await BeginAsync(3_000_000);
        await CutAsync(upload, 0, 1_000_000);
        var offset = await OffsetAsync(upload);
        Assert.InRange(offset, 1, 1_000_000);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(upload, offset, new byte[1000])).StatusCode);
        Assert.Equal(offset + 1000, await OffsetAsync(upload));
        // A piece that was to be verified cannot be, cut.
        var hash = ("Upload-Checksum", "sha1 " + Convert.ToBase64String(SHA1.HashData(new byte[1_000_000])));
        await CutAsync(upload, offset + 1000, 500_000, hash);
        Assert.Equal(offset + 1000, await OffsetAsync(upload));
    }

    // Sends a piece and cuts the line once some of it has arrived.
    async Task CutAsync(string upload, long offset, int length, params (string, string)[] headers)
    {
        using var cut = new CancellationTokenSource();
        var piece = Piece(new Tap(new byte[length], Task.Delay(Timeout.Infinite, cut.Token)));
        var sent = Streaming.SendAsync(Request("PATCH", upload, piece, [("Upload-Offset", $"{offset}"), .. headers]), cut.Token);
        var file = new FileInfo(Path.Combine(service.Blobs, "uploads", upload.Split('/')[^1], "content.svs"));
        for (file.Refresh(); !file.Exists || file.Length <= offset; file.Refresh())
            Assert.False(await Task.WhenAny(sent, Task.Delay(10)) == sent, "It ended before it was cut.");
        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => sent);
        while (!Free(file.DirectoryName!))
            await Task.Delay(10); // until the service has let go
    }

    static bool Free(string folder)
    {
        try
        {
            using var hold = new FileStream(Path.Combine(folder, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [Fact]
    public async Task Wrong_offsets_checksums_and_lengths_change_nothing()
    {
        var upload = await BeginAsync(10);
        await SendAsync(upload, 0, [1, 2, 3]);
        Assert.Equal("upload-offset", await (await SendAsync(upload, 0, [1, 2, 3])).ProblemAsync(409));
        Assert.Equal("upload-offset", await (await SendAsync(upload, 4, [1])).ProblemAsync(409));
        Assert.Equal("checksum-mismatch", await (await SendAsync(upload, 3, [4], ("Upload-Checksum", "sha1 " + Convert.ToBase64String(SHA1.HashData([5]))))).ProblemAsync(460));
        Assert.Equal("request-unreadable", await (await SendAsync(upload, 3, [4], ("Upload-Checksum", "md5 AAAA"))).ProblemAsync(400));
        Assert.Equal("too-large", await (await SendAsync(upload, 3, new byte[8])).ProblemAsync(413));
        Assert.Equal("media-type", await (await service.Client.SendAsync(Request("PATCH", upload, new ByteArrayContent([4]), ("Upload-Offset", "3")))).ProblemAsync(415));
        Assert.Equal("request-unreadable", await (await service.Client.SendAsync(Request("PATCH", upload, Piece(new ByteArrayContent([4])), ("Upload-Offset", "-3")))).ProblemAsync(400));
        Assert.Equal(3, await OffsetAsync(upload));
        Assert.Equal("upload-unknown", await (await SendAsync($"/api/v1/uploads/{Guid.NewGuid()}", 0, [1])).ProblemAsync(404));
        async Task<string> RefusedAsync(int status, params (string, string)[] headers) =>
            await (await service.Client.SendAsync(Request("POST", "/api/v1/uploads", null, headers))).ProblemAsync(status);
        Assert.Equal("request-unreadable", await RefusedAsync(400, ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        Assert.Equal("request-unreadable", await RefusedAsync(400, ("Upload-Length", "5")));
        Assert.Equal("request-unreadable", await RefusedAsync(400, ("Upload-Defer-Length", "2"), ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        Assert.Equal("request-unreadable", await RefusedAsync(400, ("Upload-Defer-Length", "1"), ("Upload-Length", "5"), ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        Assert.Equal("request-unreadable", await RefusedAsync(400, ("Upload-Length", "5"), ("Upload-Metadata", "filename ===")));
        Assert.Equal("too-large", await RefusedAsync(413, ("Upload-Length", "100000001"), ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        using var old = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Tus-Resumable", "0.2.2" } } };
        Assert.Equal("tus-version", await (await service.Client.SendAsync(old)).ProblemAsync(412));
    }

    [Fact]
    public async Task Only_one_request_at_a_time_writes_and_none_ends_it_meanwhile()
    {
        var upload = await BeginAsync(100);
        var gate = new TaskCompletionSource();
        var first = SendAsync(upload, 0, new Tap([1, 2, 3], gate.Task, [4, 5]));
        while (await OffsetAsync(upload) < 3)
            Assert.False(await Task.WhenAny(first, Task.Delay(10)) == first, "It ended before it was let go on.");
        Assert.Equal("upload-busy", await (await SendAsync(upload, 3, [9])).ProblemAsync(423));
        Assert.Equal("upload-busy", await (await service.Client.SendAsync(Request("DELETE", upload))).ProblemAsync(423));
        gate.SetResult();
        Assert.Equal(5, OffsetOf(await first));
        // As clients do that cannot send DELETE.
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.SendAsync(Request("POST", upload, null, ("X-HTTP-Method-Override", "DELETE")))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Client.SendAsync(Request("HEAD", upload))).StatusCode);
        Assert.DoesNotContain(service.Files, file => file.Contains(upload.Split('/')[^1]));
    }

    [Fact]
    public async Task An_upload_that_does_not_go_on_expires_and_is_removed()
    {
        var upload = await BeginAsync(100);
        await SendAsync(upload, 0, [1, 2, 3]);
        var id = Guid.Parse(upload.Split('/')[^1]);
        await using (var rows = service.Rows())
            await rows.Uploads.Where(u => u.Id == id).ExecuteUpdateAsync(set => set.SetProperty(u => u.ExpiresAt, DateTime.UtcNow.AddSeconds(-1)));
        Assert.Equal("upload-expired", await (await SendAsync(upload, 3, [4])).ProblemAsync(410));
        await Sweep.SweepAsync(DateTime.UtcNow, default);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Client.SendAsync(Request("HEAD", upload))).StatusCode);
        Assert.DoesNotContain(service.Files, file => file.Contains(id.ToString()));
    }

    [SlideFact]
    public async Task A_file_whose_last_byte_came_just_before_a_kill_is_looked_at_all_the_same()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"));
        foreach (var bySweep in (bool[])[true, false])
        {
            var upload = await BeginAsync(bytes.Length);
            var file = Path.Combine(service.Blobs, "uploads", upload.Split('/')[^1], "content.svs");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, bytes);
            if (bySweep)
                await Sweep.SweepAsync(DateTime.UtcNow, default);
            Assert.Equal(bytes.Length, await OffsetAsync(upload));
            Assert.NotNull((string?)(await service.Client.GetFromJsonAsync<JsonNode>(upload))!["slideId"]);
        }
    }

    [Fact]
    public async Task Nobody_sees_or_goes_on_with_anothers_upload()
    {
        using var asked = new Service(Postgres) { Settings = { [AuthOptions.KeysKey] = "true" } };
        using var owner = asked.As((await asked.KeyAsync(Role.Researcher)).Secret);
        using var other = asked.As((await asked.KeyAsync(Role.Researcher)).Secret);
        var upload = await BeginAsync(10, client: owner);
        Assert.Equal(HttpStatusCode.OK, (await owner.SendAsync(Request("HEAD", upload))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync(Request("HEAD", upload))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(upload)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync(Request("PATCH", upload, Piece(new ByteArrayContent([1])), ("Upload-Offset", "0")))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync(Request("DELETE", upload))).StatusCode);
    }

    [SlideFact]
    public async Task An_upload_that_cannot_be_looked_at_keeps_no_other_waiting_and_is_refused_in_the_end()
    {
        var now = DateTime.UtcNow;
        await using var rows = service.Rows();
        // A folder where its file should be: no reader's complaint, but an error of the disk.
        Upload Planted(string first, DateTime expires)
        {
            var upload = new Upload { Id = Guid.Parse($"{first}{Guid.NewGuid().ToString()[1..]}"), Owner = "open", FileName = "a.svs", Length = 0, ExpiresAt = expires };
            Directory.CreateDirectory(Path.Combine(service.Blobs, "uploads", $"{upload.Id}", "content.svs"));
            rows.Add(upload);
            return upload;
        }
        var (bad, old) = (Planted("0", now.AddHours(40)), Planted("1", now.AddSeconds(-1)));
        await rows.SaveChangesAsync();
        byte[] bytes = [.. File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs")), 1]; // other content, same picture
        var good = await BeginAsync(bytes.Length, "behind.svs");
        File.WriteAllBytes(Path.Combine(service.Blobs, "uploads", good.Split('/')[^1], "content.svs"), bytes);
        await Sweep.SweepAsync(now, default);
        Assert.Equal("accepted", (string?)(await service.Client.GetFromJsonAsync<JsonNode>(good))!["state"]);
        for (var minutes = 1; minutes < 40; minutes++)
            await Sweep.SweepAsync(now.AddMinutes(minutes), default);
        var state = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/uploads/{bad.Id}");
        Assert.Equal(("refused", "upload-failed"), ((string?)state!["state"], (string?)state["problemCode"]));
        Assert.False(Directory.Exists(Path.Combine(service.Blobs, "uploads", $"{bad.Id}")));
        Assert.True(await rows.Uploads.AnyAsync(u => u.Id == old.Id)); // its row waits for its files to go
    }

    UploadSweep Sweep => service.Services.GetServices<IHostedService>().OfType<UploadSweep>().Single();
}
