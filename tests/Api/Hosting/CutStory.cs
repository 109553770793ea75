using System.Net;
using System.Net.Http.Json;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Hosting;

/// <summary>Named requests whose client is gone in the moment in which the rows are written, the same on both databases.</summary>
static class CutStory
{
    public static async Task TellAsync(Service service)
    {
        await Planted.SlidesAsync(service, 8, "c-");
        var cohort = await Runs.RunStory.CohortAsync(service, "cut", Planted.Table(8, "c-"));
        var run = new { cohortId = (string)cohort["id"]!, folds = 2, epochs = 1 };
        await CutAsync<Run>(service, "/api/v1/runs", run, "c-1");
        var again = await AgainAsync(service, "/api/v1/runs", run, "c-1");
        Assert.Equal((HttpStatusCode.Accepted, "true"), (again.StatusCode, again.Headers.GetValues("Idempotency-Replayed").Single()));
        await using var rows = service.Rows();
        var made = await rows.Runs.SingleAsync(r => r.CohortId == Guid.Parse((string)cohort["id"]!));
        Assert.Equal($"{made.Id}", (string?)(await again.JsonAsync())["id"]);
        await service.Client.PostAsync($"/api/v1/runs/{made.Id}/cancel", null);

        var key = new { name = "cut", role = "viewer" };
        await CutAsync<ApiKey>(service, "/api/v1/keys", key, "c-2");
        Assert.Equal("idempotency-secret", await (await AgainAsync(service, "/api/v1/keys", key, "c-2")).ProblemAsync(409));
        Assert.Single(await rows.ApiKeys.Where(k => k.Name == "cut").ToListAsync());
    }

    static HttpRequestMessage Request(string path, object body, string key) => new(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } };

    static async Task CutAsync<TRow>(Service service, string path, object body, string key) where TRow : class
    {
        using var cut = new CancellationTokenSource();
        using var saved = RowWatch.Saved<TRow>(cut.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => service.Client.SendAsync(Request(path, body, key), cut.Token));
    }

    static async Task<HttpResponseMessage> AgainAsync(Service service, string path, object body, string key)
    {
        for (var end = DateTime.UtcNow.AddMinutes(2); ; await Task.Delay(50))
        {
            var answer = await service.Client.SendAsync(Request(path, body, key));
            if (answer.StatusCode != HttpStatusCode.Conflict || DateTime.UtcNow > end || await answer.ProblemAsync(409) != "idempotency-at-work")
                return answer;
        }
    }
}
