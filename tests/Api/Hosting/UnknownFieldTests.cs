using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Api.Tests.Slides;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mhim.Api.Tests.Hosting;

/// <summary>A field that nobody knows is misspelt more often than not: what it says must not be passed over in silence.</summary>
public sealed class UnknownFieldTests : IDisposable
{
    // As people run it: while developing, the framework tells more of what it cannot bind.
    readonly Service service = new() { Settings = { ["environment"] = "Production" } };

    public void Dispose() => service.Dispose();

    static async Task<JsonNode> ErrorsAsync(HttpResponseMessage answer)
    {
        Assert.Equal("request-unreadable", await answer.ProblemAsync(400));
        return (await answer.JsonAsync())["errors"]!;
    }

    [Fact]
    public async Task Every_body_of_JSON_is_refused_with_the_field_that_is_not_known()
    {
        Assert.True(service.Services.GetRequiredService<IHostEnvironment>().IsProduction());
        var document = (await service.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        var bodies = 0;
        foreach (var (path, item) in document["paths"]!.AsObject())
            foreach (var (method, operation) in item!.AsObject().Where(o => o.Value is JsonObject))
                if (operation!["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
                {
                    var name = ((string)schema["$ref"]!).Split('/')[^1];
                    Assert.False((bool?)document["components"]!["schemas"]![name]!["additionalProperties"] ?? true, name);
                    using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path.Replace("{id}", $"{Guid.NewGuid()}")) { Content = JsonContent.Create(new { surprise = 1 }) };
                    Assert.NotNull((await ErrorsAsync(await service.Client.SendAsync(request)))["surprise"]);
                    bodies++;
                }
        Assert.Equal(7, bodies);
        var lr = await ErrorsAsync(await service.Client.PostAsJsonAsync("/api/v1/runs", new { cohortId = Guid.NewGuid(), lr = 1e-5 }));
        Assert.Contains("learningRate", (string?)lr["lr"]![0]);
        Assert.Equal(["cohortId"], (await ErrorsAsync(await service.Client.PostAsJsonAsync("/api/v1/runs", new { folds = 2 }))).AsObject().Select(e => e.Key)); // those that are known
        Assert.NotNull((await ErrorsAsync(await service.Client.PostAsJsonAsync("/api/v1/runs", new { folds = "many" })))["folds"]);
        await using var rows = service.Rows();
        Assert.False(await rows.Runs.AnyAsync());
    }

    [Fact]
    public async Task So_is_a_form_and_it_leaves_nothing()
    {
        var errors = await ErrorsAsync(await service.UploadAsync(UploadTests.NoResolution.Value, "form.tif", ("MPP", "0.25"), ("anystain", "true"), ("encoder", "stain-texture")));
        Assert.Equal(["MPP", "anystain"], errors.AsObject().Select(e => e.Key));
        Assert.Contains("anyStain", (string?)errors["MPP"]![0]);
        Assert.Empty(service.Files);
        Assert.Equal(HttpStatusCode.Created, (await service.UploadAsync(UploadTests.NoResolution.Value, "form.tif", ("anyStain", "true"), ("name", "form"))).StatusCode);
    }

    [Fact]
    public async Task So_is_the_metadata_of_an_upload_but_not_what_clients_say_by_themselves()
    {
        async Task<HttpResponseMessage> BeginAsync(params (string Name, string Value)[] metadata)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Length", "5" } } };
            request.Headers.Add("Upload-Metadata", string.Join(',', metadata.Select(m => $"{m.Name} {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(m.Value))}")));
            return await service.Client.SendAsync(request);
        }
        var errors = await ErrorsAsync(await BeginAsync(("filename", "a.svs"), ("Mpp", "0.25"), ("encoderId", "stain-texture")));
        Assert.Equal(["Mpp", "encoderId"], errors.AsObject().Select(e => e.Key));
        await using var rows = service.Rows();
        Assert.False(await rows.Uploads.AnyAsync());
        Assert.Equal(HttpStatusCode.Created, (await BeginAsync(("filename", "a.svs"), ("filetype", "image/tiff"), ("mpp", "0.25"))).StatusCode); // tus-js-client
        Assert.Equal(HttpStatusCode.Created, (await BeginAsync(("relativePath", "null"), ("name", "b.svs"), ("type", "image/tiff"), ("filename", "b.svs"), ("filetype", "image/tiff"))).StatusCode); // Uppy
    }
}
