using System.Globalization;
using System.IO.Compression;
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

partial class TusTests
{
    [Fact]
    public async Task A_file_for_which_the_disk_has_no_room_is_refused_when_it_begins_or_when_its_length_is_told()
    {
        service.Settings["Mhim:Uploads:LargestGB"] = "900000";
        var began = await service.Client.SendAsync(Request("POST", "/api/v1/uploads", null, ("Upload-Length", "800000000000000"), ("Upload-Metadata", Metadata(("filename", "a.svs")))));
        Assert.Equal("disk-full", await began.ProblemAsync(507));
        Assert.Equal("disk-full", await (await SendAsync(await BeginDeferredAsync(), 0, [1], ("Upload-Length", "800000000000000"))).ProblemAsync(507));
    }

    [Fact]
    public async Task A_disk_that_is_full_is_said_to_be()
    {
        var upload = await BeginAsync(10);
        // What is written there meets with a full disk.
        File.CreateSymbolicLink(Path.Combine(service.Blobs, "uploads", upload.Split('/')[^1], "content.svs"), "/dev/full");
        Assert.Equal("disk-full", await (await SendAsync(upload, 0, [1, 2, 3])).ProblemAsync(507));
    }

    /// <summary>A body that says to be longer than any disk.</summary>
    sealed class Claimed : HttpContent
    {
        public Claimed() => Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 800_000_000_000_000;
            return true;
        }
    }

    [Fact]
    public async Task A_form_for_which_the_disk_has_no_room_is_refused_before_it_comes()
    {
        service.Settings["Mhim:Uploads:LargestGB"] = "900000";
        Assert.Equal("disk-full", await (await Streaming.PostAsync("/api/v1/slides", new Claimed())).ProblemAsync(507));
    }

    [Fact]
    public async Task A_zip_for_whose_content_the_disk_has_no_room_is_not_unpacked_and_waits_until_there_is_some()
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry("a.tif").Open())
            entry.Write([.. Slides.UploadTests.NoResolution.Value, .. Guid.NewGuid().ToByteArray()]);
        var upload = await BeginAsync(packed.Length, $"{Guid.NewGuid()}.zip");
        // Somebody else was promised all that is left, and more.
        await using var rows = service.Rows();
        var promised = new Upload { Owner = "other", FileName = "b.svs", Length = 800_000_000_000_000, ExpiresAt = DateTime.UtcNow.AddHours(1) };
        Directory.CreateDirectory(Path.Combine(service.Blobs, "uploads", $"{promised.Id}"));
        rows.Add(promised);
        await rows.SaveChangesAsync();
        Assert.Equal("disk-full", await (await SendAsync(upload, 0, packed.ToArray())).ProblemAsync(507));
        Assert.DoesNotContain(service.Files, file => file.Contains(".unpacked"));
        await rows.Uploads.Where(u => u.Id == promised.Id).ExecuteDeleteAsync();
        Assert.Equal(packed.Length, await OffsetAsync(upload));
        Assert.Equal("accepted", (string?)(await service.Client.GetFromJsonAsync<JsonNode>(upload))!["state"]);
    }

    [Fact]
    public async Task A_creation_that_is_sent_again_says_all_that_the_first_answer_said()
    {
        byte[] bytes = [.. Slides.UploadTests.NoResolution.Value, .. Guid.NewGuid().ToByteArray()];
        var key = $"{Guid.NewGuid()}";
        Task<HttpResponseMessage> CreateAsync() => service.Client.SendAsync(Request("POST", "/api/v1/uploads", Piece(new ByteArrayContent(bytes)),
            ("Upload-Length", $"{bytes.Length}"), ("Upload-Metadata", Metadata(("filename", $"{key}.tif"))), ("Idempotency-Key", key)));
        var (first, again) = (await CreateAsync(), await CreateAsync());
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        foreach (var header in (string[])["Location", "Upload-Offset", "Mhim-Slide", "Tus-Resumable"])
            Assert.Equal(first.Headers.GetValues(header).Single(), again.Headers.GetValues(header).Single());
    }

    [Fact]
    public async Task Room_that_was_promised_to_one_upload_is_not_promised_to_another()
    {
        service.Settings["Mhim:Uploads:LargestGB"] = "900000";
        _ = service.Client; // makes the folder
        var most = (new DriveInfo(service.Folder).AvailableFreeSpace - (1L << 30)) * 6 / 10;
        var first = await BeginAsync(most);
        Task<HttpResponseMessage> SecondAsync() =>
            service.Client.SendAsync(Request("POST", "/api/v1/uploads", null, ("Upload-Length", $"{most}"), ("Upload-Metadata", Metadata(("filename", "b.svs")))));
        Assert.Equal("disk-full", await (await SecondAsync()).ProblemAsync(507));
        var deferred = await BeginDeferredAsync();
        Assert.Equal("disk-full", await (await SendAsync(deferred, 0, [1], ("Upload-Length", $"{most}"))).ProblemAsync(507));
        await service.Client.SendAsync(Request("DELETE", first));
        Assert.Equal(HttpStatusCode.Created, (await SecondAsync()).StatusCode);
    }
}
