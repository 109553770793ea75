using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Api.Security;
using Mhim.Data.Access;
using Mhim.Data.Entities;
using Mhim.Data.Tests.Postgres;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Mhim.Api.Tests.Security;

public sealed class SqliteAccessTests : AccessTests
{
    protected override string? Postgres => null;
}

public sealed class PostgresAccessTests(PostgresCluster cluster) : AccessTests, IClassFixture<PostgresCluster>
{
    protected override string? Postgres => cluster.ConnectionString;
}

/// <summary>Who gets what, on either provider.</summary>
public abstract class AccessTests : IDisposable
{
    // Every route, the least role that it takes (open: none), and what it then answers to ids that nobody has and an empty form or object.
    const string Table = """
        GET    /                                                open       200
        GET    /worklist/{**rest}                               open       200
        GET    /slides/{**rest}                                 open       200
        GET    /view/{**rest}                                   open       200
        GET    /cohorts/{**rest}                                open       200
        GET    /runs/{**rest}                                   open       200
        GET    /models/{**rest}                                 open       200
        GET    /encoders/{**rest}                               open       200
        GET    /jobs/{**rest}                                   open       200
        GET    /admin/{**rest}                                  open       200
        GET    /assets/{name}                                   open       404
        GET    /theme.js                                        open       200
        GET    /favicon.svg                                     open       200
        POST   /api/v1/session/                                 open       401
        DELETE /api/v1/session/                                 open       204
        GET    /favicon.ico                                     open       204
        *      /health/live                                     open       200
        *      /health/ready                                    open       200
        GET    /metrics                                         admin      200
        GET    /openapi/{documentName}.json                     open       404
        GET    /scalar/{documentName?}                          open       200
        GET    /scalar/favicon.svg                              open       200
        GET    /scalar/scalar.js                                open       200
        GET    /scalar/scalar.aspnetcore.js                     open       200
        GET    /api/v1/slides/                                  viewer     200
        GET    /api/v1/slides/{id:guid}                         viewer     404
        GET    /api/v1/slides/{id:guid}/view                    viewer     404
        GET    /api/v1/slides/{id:guid}/thumbnail               viewer     404
        GET    /api/v1/slides/{id:guid}/dzi                     viewer     404
        GET    /api/v1/slides/{id:guid}/slide.dzi               viewer     404
        GET    /api/v1/slides/{id:guid}/dzi_files/{level:int}/{tile}    viewer 404
        GET    /api/v1/slides/{id:guid}/slide_files/{level:int}/{tile}  viewer 404
        GET    /api/v1/slides/{id:guid}/associated/{name}       viewer     404
        POST   /api/v1/slides/                                  researcher 400 form
        PATCH  /api/v1/slides/{id:guid}                         researcher 404
        DELETE /api/v1/slides/{id:guid}                         researcher 404
        OPTIONS /api/v1/uploads/                                viewer     204
        POST   /api/v1/uploads/                                 researcher 412
        GET    /api/v1/uploads/{id:guid}                        viewer     404
        HEAD   /api/v1/uploads/{id:guid}                        viewer     412
        PATCH  /api/v1/uploads/{id:guid}                        researcher 412
        DELETE /api/v1/uploads/{id:guid}                        researcher 412
        GET    /api/v1/models/                                  viewer     200
        GET    /api/v1/models/{id:guid}                         viewer     404
        GET    /api/v1/models/{id:guid}/card                    viewer     404
        POST   /api/v1/models/                                  researcher 422 form
        GET    /api/v1/predictions/                             viewer     200
        GET    /api/v1/predictions/{id:guid}                    viewer     404
        GET    /api/v1/predictions/{id:guid}/prediction.json    viewer     404
        GET    /api/v1/predictions/{id:guid}/heatmap.png        viewer     404
        GET    /api/v1/predictions/{id:guid}/tiles.geojson      viewer     404
        GET    /api/v1/predictions/{id:guid}/tiles              viewer     404
        GET    /api/v1/predictions/{id:guid}/tiles.bin          viewer     404
        GET    /api/v1/predictions/{id:guid}/report.pdf         viewer     404
        GET    /api/v1/predictions/{id:guid}/opinions           viewer     404
        PUT    /api/v1/predictions/{id:guid}/opinion            researcher 404
        DELETE /api/v1/predictions/{id:guid}/opinion            researcher 404
        GET    /api/v1/opinions/                                viewer     200
        GET    /api/v1/opinions/table.csv                       viewer     200
        GET    /api/v1/opinions/labels.csv                      viewer     200
        GET    /api/v1/worklist                                 viewer     200
        GET    /api/v1/predictions/{id:guid}/top-tiles/{rank:int:min(1)}.png viewer 404
        POST   /api/v1/predictions/                             researcher 400
        GET    /api/v1/jobs/                                    viewer     200
        GET    /api/v1/jobs/{id:guid}                           viewer     404
        POST   /api/v1/jobs/{id:guid}/cancel                    researcher 404
        POST   /api/v1/jobs/{id:guid}/retry                     researcher 404
        GET    /api/v1/slides/{id:guid}/events                  viewer     404
        GET    /api/v1/jobs/{id:guid}/events                    viewer     404
        GET    /api/v1/cohorts/                                 viewer     200
        POST   /api/v1/cohorts/                                 researcher 400 form
        GET    /api/v1/cohorts/{id:guid}                        viewer     404
        GET    /api/v1/cohorts/{id:guid}/slides                 viewer     404
        GET    /api/v1/cohorts/{id:guid}/splits                 viewer     404
        GET    /api/v1/cohorts/{id:guid}/survival               viewer     404
        GET    /api/v1/cohorts/{id:guid}/table.csv              viewer     404
        DELETE /api/v1/cohorts/{id:guid}                        researcher 404
        GET    /api/v1/runs/                                    viewer     200
        POST   /api/v1/runs/                                    researcher 400
        GET    /api/v1/runs/{id:guid}                           viewer     404
        GET    /api/v1/runs/{id:guid}/events                    viewer     404
        GET    /api/v1/runs/{id:guid}/progress                  viewer     404
        POST   /api/v1/runs/{id:guid}/cancel                    researcher 404
        POST   /api/v1/runs/{id:guid}/retry                     researcher 404
        POST   /api/v1/runs/{id:guid}/models                    researcher 404
        DELETE /api/v1/runs/{id:guid}                           researcher 404
        GET    /api/v1/runs/{id:guid}/figures                   viewer     404
        GET    /api/v1/runs/{id:guid}/against/{other:guid}      viewer     404
        GET    /api/v1/runs/{id:guid}/results                   viewer     404
        GET    /api/v1/runs/{id:guid}/run.json                  viewer     404
        GET    /api/v1/runs/{id:guid}/metrics.csv               viewer     404
        GET    /api/v1/runs/{id:guid}/predictions.csv           viewer     404
        GET    /api/v1/runs/{id:guid}/report                    viewer     404
        GET    /api/v1/encoders/                                viewer     200
        GET    /api/v1/encoders/{id}                            viewer     404
        GET    /api/v1/me                                       viewer     200
        GET    /api/v1/keys/                                    admin      200
        POST   /api/v1/keys/                                    admin      400
        DELETE /api/v1/keys/{id:guid}                           admin      404
        GET    /api/v1/audit                                    admin      200
        GET    /api/v1/system                                   admin      200
        """;

    readonly Service service;

    protected AccessTests() => service = new Service(Postgres)
    {
        Settings = { [AuthOptions.KeysKey] = "true", ["Mhim:AssociatedImages"] = "true", [RateLimits.UnknownKey] = "1000" },
    };

    protected abstract string? Postgres { get; }

    public void Dispose() => service.Dispose();

    sealed record Row(string Method, string Route, Role? Least, int Code, bool Form);

    static List<Row> Rows() => [.. Table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(words => new Row(words[0], words[1], words[2] == "open" ? null : Enum.Parse<Role>(words[2], ignoreCase: true), int.Parse(words[3]), words.Length > 4))];

    static async Task<(int Status, string Said)> SendAsync(HttpClient client, Row row)
    {
        var path = System.Text.RegularExpressions.Regex.Replace(row.Route, "{([a-zA-Z]+)[^/]*?}", match => match.Groups[1].Value switch
            { "id" or "other" => "7d444840-9dc0-11d1-b245-5ffdce74fad2", "level" or "rank" => "1", "tile" => "0_0.jpeg", "documentName" => "v9", var word => word });
        using var request = new HttpRequestMessage(new HttpMethod(row.Method == "*" ? "GET" : row.Method), path);
        if (row.Form)
            request.Content = new MultipartFormDataContent { { new StringContent("x"), "name" } };
        else if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Every_route_answers_every_role_as_the_table_says_and_none_is_missing_from_it()
    {
        var table = Rows();
        var routes = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(method => $"{method} {route.RoutePattern.RawText}"));
        Assert.Equal(table.Select(row => $"{row.Method} {row.Route}").Order(StringComparer.Ordinal), routes.Distinct().Order(StringComparer.Ordinal));

        var expired = await service.KeyAsync(Role.Admin, DateTime.UtcNow.AddSeconds(-1));
        var revoked = await service.KeyAsync(Role.Admin);
        await using (var rows = service.Rows())
            Assert.True(await ApiKeys.RevokeAsync(rows, revoked.Id, default));
        (string Who, Role? Role, HttpClient Client)[] callers =
        [
            ("nobody", null, service.CreateClient()), ("expired", null, service.As(expired.Secret)), ("revoked", null, service.As(revoked.Secret)),
            ("made up", null, service.As(ApiKeys.Prefix + "x")),
            .. (await Task.WhenAll(Enum.GetValues<Role>().Select(async role => (Role: role, Key: await service.KeyAsync(role)))))
                .Select(pair => ($"{pair.Role}", (Role?)pair.Role, service.As(pair.Key.Secret))),
        ];
        foreach (var row in table)
            foreach (var (who, role, client) in callers)
            {
                var expected = row.Least is null ? row.Code : role is null ? 401 : role < row.Least ? 403 : row.Code;
                var (status, said) = await SendAsync(client, row);
                Assert.True(expected == status, $"{row.Method} {row.Route} for {who}: {status} instead of {expected}. {said}");
                if (status is 401 or 403 && row.Method != "HEAD")
                    Assert.Equal(status == 401 ? "unauthenticated" : "forbidden", (string?)JsonNode.Parse(said)!["code"]);
            }
    }

    [Fact]
    public async Task What_is_no_route_is_told_only_to_those_who_are_known()
    {
        using var viewer = service.As((await service.KeyAsync(Role.Viewer)).Secret);
        Assert.Equal("unauthenticated", await (await service.Client.GetAsync("/nowhere")).ProblemAsync(401));
        Assert.Equal("not-found", await (await viewer.GetAsync("/nowhere")).ProblemAsync(404));
        Assert.Equal("method-not-allowed", await (await viewer.PutAsync("/api/v1/slides", null)).ProblemAsync(405));
    }
}
