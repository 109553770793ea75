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
