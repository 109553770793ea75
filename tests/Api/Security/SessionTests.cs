using System.Net;
using System.Net.Http.Json;
using Mhim.Api.Security;
using Mhim.Data.Access;
using Mhim.Data.Entities;

namespace Mhim.Api.Tests.Security;

public sealed class SessionTests : IDisposable
{
    readonly Service service = new() { Settings = { [AuthOptions.KeysKey] = "true", [RateLimits.UnknownKey] = "1000" } };

    public void Dispose() => service.Dispose();

    static HttpRequestMessage Request(HttpMethod method, string path, string cookie, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Headers = { { "Cookie", cookie } } };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return request;
    }

    async Task<(HttpResponseMessage Answer, string Cookie)> SignInAsync(string key)
    {
        var answer = await service.Client.PostAsJsonAsync("/api/v1/session", new { key });
        return (answer, answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Single() : "");
    }

    [Fact]
    public async Task A_browser_signs_in_with_a_key_that_no_script_can_read_and_out_again()
    {
        var (answer, cookie) = await SignInAsync((await service.KeyAsync(Role.Researcher)).Secret);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.All((string[])["httponly", "samesite=strict", "path=/"], word => Assert.Contains(word, cookie, StringComparison.OrdinalIgnoreCase));
        var pair = cookie.Split(';')[0];
        using var client = service.CreateClient(new() { HandleCookies = false });
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(Request(HttpMethod.Get, "/api/v1/me", pair))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(Request(HttpMethod.Get, "/api/v1/keys", pair))).StatusCode);
        var left = await client.SendAsync(Request(HttpMethod.Delete, "/api/v1/session", pair));
        Assert.Contains("expires=Thu, 01 Jan 1970", left.Headers.GetValues("Set-Cookie").Single());
    }

    [Fact]
    public async Task What_is_no_valid_key_signs_nobody_in()
    {
        var expired = await service.KeyAsync(Role.Admin, DateTime.UtcNow.AddSeconds(-1));
        foreach (var key in (string[])["", "x", ApiKeys.Prefix + "x", expired.Secret])
        {
            var (answer, cookie) = await SignInAsync(key);
            Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.StatusCode, cookie));
        }
        using var client = service.CreateClient(new() { HandleCookies = false });
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync(Request(HttpMethod.Get, "/api/v1/me", $"{SessionCookie.Name}={expired.Secret}"))).StatusCode);
    }

    [Fact]
    public async Task Pages_of_other_origins_change_nothing_with_the_cookie()
    {
        var pair = $"{SessionCookie.Name}={(await service.KeyAsync(Role.Admin)).Secret}";
        using var client = service.CreateClient(new() { HandleCookies = false });
        async Task<HttpStatusCode> DeleteAsync(params (string, string)[] headers) =>
            (await client.SendAsync(Request(HttpMethod.Delete, $"/api/v1/slides/{Guid.Empty}", pair, headers))).StatusCode;
        var here = client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(("Origin", here), ("Sec-Fetch-Site", "same-origin")));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(("Origin", here)));
        Assert.Equal(HttpStatusCode.Unauthorized, await DeleteAsync(("Origin", "http://elsewhere.example"), ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Unauthorized, await DeleteAsync(("Origin", here), ("Sec-Fetch-Site", "same-site")));
        Assert.Equal(HttpStatusCode.Unauthorized, await DeleteAsync(("Origin", "http://localhost:99")));
    }
}
