using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Features;

namespace Mhim.Api.Tests.Hosting;

public sealed class EdgeTests(Service service) : IClassFixture<Service>
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:1;http://[::1]:2", true)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://+:8080", false)]
    [InlineData("http://127.0.0.1:1;http://192.168.1.5:2", false)]
    [InlineData("http://localhost.evil.com:80", false)]
    [InlineData("nonsense", false)]
    public void Only_loopback_addresses_are_listened_on_unless_callers_are_asked_who_they_are(string urls, bool allowed)
    {
        var refused = Record.Exception(() => ListenAddress.Check(urls, open: true));
        Assert.Equal(allowed, refused is null);
        Assert.True(allowed || refused is InputException);
        Assert.Equal(urls != "nonsense", Record.Exception(() => ListenAddress.Check(urls, open: false)) is null);
    }

    [Fact]
    public async Task Foreign_names_and_foreign_pages_get_nothing()
    {
        using var named = new HttpRequestMessage(HttpMethod.Get, "/api/v1/slides") { Headers = { Host = "rebound.example" } };
        Assert.Equal("host-unknown", await (await service.Client.SendAsync(named)).ProblemAsync(403));
        using var posted = new HttpRequestMessage(HttpMethod.Post, "/api/v1/slides") { Headers = { { "Origin", "https://evil.example" } }, Content = new MultipartFormDataContent() };
        Assert.Equal("origin-foreign", await (await service.Client.SendAsync(posted)).ProblemAsync(403));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Via", "1.1 proxy")]
    public async Task A_proxy_speaks_for_nobody_where_nobody_is_asked_who_they_are(string header, string value)
    {
        using var proxied = new HttpRequestMessage(HttpMethod.Get, "/api/v1/slides") { Headers = { { header, value } } };
        Assert.Equal("proxy-open", await (await service.Client.SendAsync(proxied)).ProblemAsync(403));
    }

    [Fact]
    public async Task What_does_not_exist_is_a_problem_with_a_code()
    {
        var id = Guid.NewGuid();
        foreach (var (path, code) in ((string, string)[])[($"/api/v1/slides/{id}", "slide-unknown"), ($"/api/v1/jobs/{id}", "job-unknown"),
                     ($"/api/v1/models/{id}", "model-unknown"), ($"/api/v1/predictions/{id}", "prediction-unknown"),
                     ($"/api/v1/predictions/{id}/heatmap.png", "prediction-unknown"), ("/api/v1/slides/nonsense", "not-found"), ("/nowhere", "not-found")])
            Assert.Equal(code, await (await service.Client.GetAsync(path)).ProblemAsync(404));
        Assert.Equal("slide-unknown", await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { slideId = id, modelId = id })).ProblemAsync(404));
        Assert.Equal("request-unreadable", await (await service.Client.PostAsJsonAsync("/api/v1/predictions", new { })).ProblemAsync(400));
        Assert.Equal("job-unknown", await (await service.Client.PostAsync($"/api/v1/jobs/{id}/cancel", null)).ProblemAsync(404));
        Assert.Equal("request-unreadable", await (await service.Client.GetAsync("/api/v1/slides?limit=1000")).ProblemAsync(400));
        Assert.Equal("request-unreadable", await (await service.Client.GetAsync("/api/v1/jobs?state=nonsense")).ProblemAsync(400));
    }

    [Theory]
    [InlineData("nonsense", 415)]
    [InlineData("utf-7", 415)]
    [InlineData("\"utf-8\"", 400)]
    [InlineData("iso-8859-1", 400)]
    public async Task A_body_in_an_encoding_that_nobody_knows_is_refused(string charset, int status)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
        await (await service.Client.PostAsync("/api/v1/predictions", content)).ProblemAsync(status);
    }

    [Fact]
    public async Task Whatever_is_sent_the_answer_is_never_a_server_error()
    {
        var random = new Random(11);
        string[] paths = [.. (await DocumentAsync())["paths"]!.AsObject().Select(path => path.Key)];
        string[] words = [Guid.NewGuid().ToString(), "0", "-1", "99999999999999999999", "..%2f..%2fetc%2fpasswd", "%01", "ü☃", "{}", "1_1.jpeg", "' OR 1=1"];
        string[] bodies = ["", "{", "[]", "null", "{\"slideId\":5}", "{\"mpp\":1e999}", "{\"mpp\":\"x\"}", "\u0000", new string('[', 5000)];
        HttpMethod[] methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete, HttpMethod.Put];
        for (var i = 0; i < 600; i++)
        {
            var path = System.Text.RegularExpressions.Regex.Replace(paths[random.Next(paths.Length)], "{[^}]*}", _ => words[random.Next(words.Length)]);
            var query = random.Next(3) == 0 ? $"?limit={words[random.Next(words.Length)]}&after={words[random.Next(words.Length)]}&state={words[random.Next(words.Length)]}" : "";
            using var request = new HttpRequestMessage(methods[random.Next(methods.Length)], path + query);
            if (request.Method != HttpMethod.Get)
                request.Content = new StringContent(bodies[random.Next(bodies.Length)], Encoding.UTF8,
                    random.Next(4) == 0 ? "multipart/form-data" : "application/json");
            using var answer = await service.Client.SendAsync(request);
            Assert.True((int)answer.StatusCode < 500, $"{request.Method} {path}{query}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }

    [Fact]
    public async Task The_document_names_every_resource_and_the_pages_load_nothing_from_elsewhere()
    {
        var document = await DocumentAsync();
        foreach (var path in (string[])["/api/v1/slides", "/api/v1/slides/{id}", "/api/v1/slides/{id}/thumbnail", "/api/v1/slides/{id}/dzi", "/api/v1/models",
                     "/api/v1/predictions", "/api/v1/predictions/{id}/heatmap.png", "/api/v1/jobs/{id}/cancel"])
            Assert.NotNull(document["paths"]![path]);
        foreach (var page in (string[])["/", "/theme.js", "/scalar/"])
        {
            var text = await service.Client.GetStringAsync(page);
            Assert.DoesNotContain("https://", text.Replace("http://www.w3.org", ""));
        }
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);
    }

    async Task<JsonNode> DocumentAsync() => (await service.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
}
