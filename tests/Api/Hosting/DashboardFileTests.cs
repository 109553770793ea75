using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mhim.Api.Tests.Hosting;

public sealed class DashboardFileTests(Service service) : IClassFixture<Service>
{
    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MHIM.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("The repository is not above the tests.");
    }

    /// <summary>The dashboard's types are made from this file. MHIM_UPDATE_OPENAPI=1 writes it.</summary>
    [Fact]
    public async Task The_document_that_the_dashboard_is_typed_by_is_the_one_that_is_served()
    {
        var path = Path.Combine(Root(), "src/Api/Dashboard/openapi.json");
        var document = JsonNode.Parse(await service.Client.GetStringAsync("/openapi/v1.json"))!;
        document.AsObject().Remove("servers"); // says where it was asked for
        Examples(document);
        var served = document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
        if (Environment.GetEnvironmentVariable("MHIM_UPDATE_OPENAPI") == "1")
            await File.WriteAllTextAsync(path, served);
        Assert.True(await File.ReadAllTextAsync(path) == served,
            "src/Api/Dashboard/openapi.json is not what the service serves. Write it anew: MHIM_UPDATE_OPENAPI=1 dotnet test tests/Api -c Release -p:Dashboard=false --filter DashboardFileTests");
    }

    // No types come of them.
    static void Examples(JsonNode? node)
    {
        if (node is JsonObject thing)
        {
            thing.Remove("example");
            thing.Remove("examples");
            foreach (var (_, child) in thing)
                Examples(child);
        }
        else if (node is JsonArray list)
            foreach (var child in list)
                Examples(child);
    }

    [Fact]
    public void All_scripts_together_are_less_than_500_KB_as_they_are_sent()
    {
        var pages = System.Reflection.Assembly.Load("Mhim.Api");
        var sizes = pages.GetManifestResourceNames().Where(name => name.StartsWith("Dashboard/") && name.EndsWith(".js.br")).ToDictionary(name => name, name => pages.GetManifestResourceStream(name)!.Length);
        Assert.True(sizes.Count > 10); // a bundle for each page
        Assert.InRange(sizes.Values.Sum(), 50_000, 499_999);
    }

    [Fact]
    public async Task Pages_come_compressed_and_are_asked_for_again_while_their_parts_are_kept_for_ever()
    {
        foreach (var path in (string[])["/", "/slides", "/view/7d444840-9dc0-11d1-b245-5ffdce74fad2", "/runs/compare"])
        {
            using var page = await service.Client.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, "text/html", "no-cache"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType, page.Headers.CacheControl!.ToString()));
            Assert.DoesNotContain("unsafe", page.Headers.GetValues("Content-Security-Policy").Single());
            Assert.DoesNotContain("<style", await page.Content.ReadAsStringAsync());
        }
        var script = System.Text.RegularExpressions.Regex.Match(await service.Client.GetStringAsync("/"), "/assets/[^\"]+\\.js").Value;
        var sizes = new Dictionary<string, int>();
        foreach (var accepted in (string[])["br, gzip", "gzip", "br;q=0", "identity"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, script) { Headers = { { "Accept-Encoding", accepted } } };
            using var answer = await service.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.OK, "text/javascript", "Accept-Encoding"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, answer.Headers.Vary.Single()));
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString());
            Assert.Equal(accepted switch { "br, gzip" => "br", "gzip" => "gzip", _ => "" }, string.Concat(answer.Content.Headers.ContentEncoding));
            sizes[accepted] = (await answer.Content.ReadAsByteArrayAsync()).Length;

            using var again = new HttpRequestMessage(HttpMethod.Get, script) { Headers = { { "Accept-Encoding", accepted }, { "If-None-Match", answer.Headers.ETag!.Tag } } };
            Assert.Equal(HttpStatusCode.NotModified, (await service.Client.SendAsync(again)).StatusCode);
        }
        Assert.True(sizes["br, gzip"] < sizes["gzip"] && sizes["gzip"] < sizes["identity"] && sizes["identity"] == sizes["br;q=0"]);
        foreach (var path in (string[])["/assets/nothing.js", "/assets/..%2Findex.html", "/nowhere"])
            Assert.Equal(HttpStatusCode.NotFound, (await service.Client.GetAsync(path)).StatusCode);
    }
}
