using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Data.Entities;
using Mhim.Features;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mhim.Api.Tests.Security;

/// <summary>An identity provider on loopback: discovery document, keys, tokens.</summary>
public sealed class IdentityProvider : IAsyncLifetime
{
    readonly RsaSecurityKey key = new(RSA.Create(2048)) { KeyId = "1" };
    readonly WebApplication app;

    public IdentityProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, string> { ["issuer"] = Address, ["jwks_uri"] = Address + "/jwks" }));
        app.MapGet("/jwks", () =>
        {
            var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(key.Rsa.ExportParameters(false)) { KeyId = key.KeyId });
            return Results.Json(new { keys = new[] { new { kty = jwk.Kty, n = jwk.N, e = jwk.E, kid = jwk.Kid, use = "sig", alg = "RS256" } } });
        });
    }

    public string Address => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public Task InitializeAsync() => app.StartAsync();

    public Task DisposeAsync() => app.StopAsync();

    public string Token(string[] groups, string audience = "mhim", int minutes = 5, RsaSecurityKey? by = null, string? subject = "42") => new JsonWebTokenHandler().CreateToken(
        new SecurityTokenDescriptor
        {
            Issuer = Address, Audience = audience, Expires = DateTime.UtcNow.AddMinutes(minutes), NotBefore = DateTime.UtcNow.AddMinutes(-60), IssuedAt = DateTime.UtcNow.AddMinutes(-60),
            SigningCredentials = new SigningCredentials(by ?? key, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object> { ["groups"] = groups, ["preferred_username"] = "kim", [subject is null ? "x" : "sub"] = subject ?? "x" },
        });
}

public sealed class OidcTests(IdentityProvider provider) : IClassFixture<IdentityProvider>
{
    Service Service(bool keys = false) => new()
    {
        Settings =
        {
            ["Mhim:Auth:Oidc:Authority"] = provider.Address, ["Mhim:Auth:Oidc:Audience"] = "mhim", ["Mhim:Auth:Oidc:RequireHttps"] = "false",
            ["Mhim:Auth:Oidc:RoleClaim"] = "groups", ["Mhim:Auth:Oidc:Roles:Admin"] = "mhim-admins", [AuthOptions.KeysKey] = keys ? "true" : "false",
        },
    };

    static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) } };
        return (await client.SendAsync(request)).StatusCode;
    }

    [Fact]
    public async Task Tokens_of_the_provider_are_taken_with_the_highest_role_that_they_name_and_no_others_are()
    {
        using var service = Service();
        var client = service.Client;
        using var kim = service.As(provider.Token(["viewer", "else", "researcher"]));
        var me = await kim.GetFromJsonAsync<JsonNode>("/api/v1/me");
        Assert.Equal(("oidc:42", "kim", "researcher"), ((string?)me!["id"], (string?)me["name"], (string?)me["role"]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/api/v1/keys", provider.Token(["mhim-admins"])));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, "/api/v1/keys", provider.Token(["admin", "researcher"]))); // 'admin' is called otherwise there
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, "/api/v1/me", provider.Token(["else"])));
        using var foreign = RSA.Create(2048);
        foreach (var token in (string?[])[null, provider.Token(["viewer"], audience: "other"), provider.Token(["viewer"], minutes: -30), provider.Token(["viewer"], subject: null),
                     provider.Token(["viewer"], by: new RsaSecurityKey(foreign) { KeyId = "1" }), "nonsense"])
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/api/v1/me", token));
        // Keys were not asked for.
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/api/v1/me", (await service.KeyAsync(Role.Admin)).Secret));
    }

    [Fact]
    public async Task Keys_and_tokens_go_side_by_side()
    {
        using var service = Service(keys: true);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service.Client, "/api/v1/me", provider.Token(["viewer"])));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service.Client, "/api/v1/me", (await service.KeyAsync(Role.Viewer)).Secret));
    }

    [Theory]
    [InlineData("Mhim:Auth:Keys", "perhaps", "", "Mhim:Auth:Keys")]
    [InlineData("Mhim:Auth:Oidc:Authority", "https://login.example", "", "Audience")]
    [InlineData("Mhim:Auth:Oidc:Authority", "http://login.example", "mhim", "https")]
    public void A_wrong_setting_is_named(string key, string value, string audience, string named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value, ["Mhim:Auth:Oidc:Audience"] = audience }).Build();
        Assert.Contains(named, Assert.Throws<InputException>(() => AuthOptions.From(configuration)).Message);
    }
}
