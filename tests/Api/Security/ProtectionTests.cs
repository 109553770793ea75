using System.Net;
using System.Text;
using Mhim.Api.Security;
using Mhim.Data.Entities;

namespace Mhim.Api.Tests.Security;

public sealed class ProtectionTests
{
    [Fact]
    public async Task Answers_carry_their_headers_and_no_other_origin_is_let_in()
    {
        using var service = new Service();
        foreach (var path in (string[])["/api/v1/slides", "/api/v1/slides/nonsense", "/", "/health/live", "/scalar/"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", "https://evil.example" } } };
            var answer = await service.Client.SendAsync(request);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(answer.Headers.Contains("Server"));
        }
        Assert.True((await service.Client.GetAsync("/api/v1/slides")).Headers.CacheControl!.NoStore);
        Assert.Equal("default-src 'none'; frame-ancestors 'none'; sandbox",
            Assert.Single((await service.Client.GetAsync("/api/v1/slides/nonsense")).Headers.GetValues("Content-Security-Policy")));
    }

    [Fact]
    public async Task Too_many_requests_are_put_off_and_one_caller_does_not_use_up_anothers()
    {
        using var service = new Service { Settings = { [AuthOptions.KeysKey] = "true", [RateLimits.KnownKey] = "1", [RateLimits.UnknownKey] = "1" } };
        using var first = service.As((await service.KeyAsync(Role.Viewer)).Secret);
        using var second = service.As((await service.KeyAsync(Role.Viewer)).Secret);
        var codes = new List<HttpStatusCode>();
        HttpResponseMessage last;
        do
            codes.Add((last = await first.GetAsync("/api/v1/me")).StatusCode);
        while (codes[^1] == HttpStatusCode.OK && codes.Count < 1000);
        Assert.True(codes.Count > 4);
        Assert.Equal("too-many-requests", await last.ProblemAsync(429));
        Assert.Equal("1", Assert.Single(last.Headers.GetValues("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, (await second.GetAsync("/api/v1/me")).StatusCode);
        for (var i = 0; codes[^1] != HttpStatusCode.TooManyRequests || i == 0; i++)
            codes.Add((await service.Client.GetAsync("/api/v1/me")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, codes[^2]);
    }
}
