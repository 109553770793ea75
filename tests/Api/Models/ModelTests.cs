using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Mhim.EndToEnd.Tests;

namespace Mhim.Api.Tests.Models;

public sealed class ModelTests(Service service) : IClassFixture<Service>
{
    Task<HttpResponseMessage> SendAsync(params (string Name, byte[] Content)[] files) => SendAsync([], files);

    async Task<HttpResponseMessage> SendAsync((string Name, string Value)[] fields, (string Name, byte[] Content)[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        foreach (var (name, content) in files)
            form.Add(new ByteArrayContent(content), "files", name);
        return await service.Client.PostAsync("/api/v1/models", form);
    }

    static (string Name, byte[] Content)[] Files => [.. Directory.EnumerateFiles(TinyModel.Folder).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))];

    [Fact]
    public async Task A_model_comes_as_three_files_or_as_a_zip_and_is_known_again()
    {
        var first = await SendAsync(Files);
        Assert.True(first.IsSuccessStatusCode, await first.Content.ReadAsStringAsync());
        var model = await first.JsonAsync();
        Assert.Equal("stain-texture", (string?)model["encoderId"]);
        Assert.Equal(["normal", "tumour"], model["classes"]!.AsArray().Select(c => (string)c!));

        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in Files)
            {
                using var entry = archive.CreateEntry("../../some/folder/" + name).Open();
                entry.Write(content);
            }
        var again = await SendAsync(("model.zip", zip.ToArray()));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal((string?)model["id"], (string?)(await again.JsonAsync())["id"]);
        Assert.Equal(3, service.Files.Count(file => file.Contains("/models/")));
        var card = JsonNode.Parse(await service.Client.GetStringAsync($"/api/v1/models/{model["id"]}/card"))!;
        Assert.NotNull(card["classes"] ?? card["Classes"]);
    }

    [Fact]
    public async Task What_is_no_model_is_refused_and_leaves_nothing()
    {
        var (before, _) = await service.AtRestAsync();
        Assert.Equal("model-missing", await (await SendAsync(Files[..2])).ProblemAsync(422));
        Assert.Equal("model-unreadable", await (await SendAsync(("model.zip", [1, 2, 3]))).ProblemAsync(422));
        foreach (var broken in ModelsThatDoNotLoad())
        {
            var answer = await SendAsync(broken);
            Assert.Equal("model-unreadable", await answer.ProblemAsync(422));
            Assert.DoesNotContain(service.Folder, (string?)(await answer.JsonAsync())["detail"]);
        }
        Assert.Equal(before, (await service.AtRestAsync()).Files);
    }

    [Fact]
    public async Task What_would_be_passed_over_in_silence_is_refused()
    {
        var (before, _) = await service.AtRestAsync();
        var misspelt = await SendAsync([("nmae", "mine")], Files);
        Assert.Equal("request-unreadable", await misspelt.ProblemAsync(400));
        Assert.Contains("known are name", (string?)(await misspelt.JsonAsync())["errors"]!["nmae"]![0]);
        Assert.Equal("request-unreadable", await (await SendAsync([("name", "a"), ("name", "b")], Files)).ProblemAsync(400));
        Assert.Equal("model-ambiguous", await (await SendAsync([.. Files, Files[0]])).ProblemAsync(422));
        Assert.Equal(before, (await service.AtRestAsync()).Files);
    }

    static byte[] Changed(byte[] json, string field, JsonNode? value)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root[field] = value;
        return System.Text.Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    static IEnumerable<(string, byte[])[]> ModelsThatDoNotLoad()
    {
        yield return [.. Files.Select(f => f.Name == "model.safetensors" ? (f.Name, new byte[100]) : f)];
        yield return [.. Files.Select(f => f.Name == "config.json" ? (f.Name, "{}"u8.ToArray()) : f)];
        yield return [.. Files.Select(f => f.Name == "card.json" ? (f.Name, "not json"u8.ToArray()) : f)];
        foreach (var (field, value) in ((string, JsonNode?)[])[("name", null), ("name", "a\u0000b"), ("features", JsonNode.Parse("""{"encoderId":null,"dim":256}""")), ("metrics", null),
            ("classes", new JsonArray(null, null)), ("train", null), ("temperature", -1)])
            yield return [.. Files.Select(f => f.Name == "card.json" ? (f.Name, Changed(f.Content, field, value)) : f)];
    }
}
