using System.Net;
using System.Net.Http.Json;
using Mhim.Api.Security;
using Mhim.Data.Entities;
using Mhim.Features;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Api.Tests.Security;

public sealed class ProxyTests
{
    // The test server has no connections, so whom one came from is said here.
    sealed class From(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, rest) =>
            {
                http.Connection.RemoteIpAddress = address;
                return rest(http);
            });
            next(app);
        };
    }

    [Theory]
    [InlineData("10.0.0.5", "10.0.0.5", "203.0.113.7", true)]
    [InlineData("172.18.0.0/16, 10.0.0.5", "172.18.3.4", "203.0.113.7", true)]
    [InlineData("10.0.0.5", "::ffff:10.0.0.5", "203.0.113.7", true)]
    [InlineData("10.0.0.5", "10.0.0.6", "10.0.0.6", false)]
    [InlineData("172.18.0.0/16", "172.19.0.1", "172.19.0.1", false)]
    [InlineData("", "127.0.0.1", "127.0.0.1", false)]
    public async Task What_a_trusted_proxy_says_of_its_callers_is_believed_and_what_anybody_else_says_is_not(string trusted, string from, string noted, bool tls)
    {
        using var service = new Service { Settings = { [AuthOptions.KeysKey] = "true", [TrustedProxies.Key] = trusted } };
        using var proxied = service.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse(from)))));
        using var client = proxied.CreateClient();
        await using var rows = proxied.Services.GetRequiredService<IDbContextFactory<Data.MhimContext>>().CreateDbContext();
        var (secret, row) = Data.Access.ApiKeys.Make("admin", Role.Admin, null);
        rows.Add(row);
        await rows.SaveChangesAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/keys")
        {
            Content = JsonContent.Create(new { name = "x", role = "viewer" }),
            // The last address is what the proxy saw; what stands before it is what the caller made up.
            Headers = { { "X-Api-Key", secret }, { "X-Forwarded-For", "127.0.0.1, 203.0.113.7" }, { "X-Forwarded-Proto", "https" } },
        };
        var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(tls, answer.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal(noted, (await rows.Audit.SingleAsync()).Address);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.168.1.7", false)]
    [InlineData("::ffff:192.168.1.7", false)]
    [InlineData("2001:db8::7", false)]
    public async Task An_open_service_answers_nobody_on_another_machine_wherever_it_listens(string from, bool here)
    {
        using var service = new Service();
        using var listening = service.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse(from)))));
        using var client = listening.CreateClient();
        var answer = await client.GetAsync("/api/v1/slides");
        if (here)
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        else
            Assert.Equal("caller-foreign", await answer.ProblemAsync(403));
    }

    [Fact]
    public void What_is_no_address_is_refused_by_the_name_of_its_setting()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(TrustedProxies.Key, "10.0.0.5, proxy")]).Build();
        Assert.Contains("'Mhim:Proxy:Trusted'", Assert.Throws<InputException>(() => TrustedProxies.From(settings)).Message);
    }
}
