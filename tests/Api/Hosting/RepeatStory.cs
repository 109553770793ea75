using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Hosting;

/// <summary>Requests that are sent again, the same on both databases.</summary>
static class RepeatStory
{
    static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string? key, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    static StringContent Csv(int slides) => new(Planted.Table(slides), Encoding.UTF8, "text/csv");

    static MultipartFormDataContent Form(int slides) => new() { { new ByteArrayContent(Encoding.UTF8.GetBytes(Planted.Table(slides))), "file", "labels.csv" }, { new StringContent("formed"), "name" } };

    public static async Task TellAsync(Service service)
    {
        var client = service.Client;
        const string path = "/api/v1/cohorts?name=repeated";
        var first = await SendAsync(client, path, "a-1", Csv(4));
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        var again = await SendAsync(client, path, "a-1", Csv(4));
        Assert.Equal((HttpStatusCode.Created, "true"), (again.StatusCode, again.Headers.GetValues("Idempotency-Replayed").Single()));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Equal("idempotency-key-reused", await (await SendAsync(client, path, "a-1", Csv(6))).ProblemAsync(422));
        Assert.Equal("idempotency-key-reused", await (await SendAsync(client, path + "2", "a-1", Csv(4))).ProblemAsync(422));
        Assert.Equal("request-unreadable", await (await SendAsync(client, path, new string('x', 201), Csv(4))).ProblemAsync(400));

        // Forms are the same whatever their parts are separated by.
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, "/api/v1/cohorts", "a-2", Form(4))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, "/api/v1/cohorts", "a-2", Form(4))).StatusCode);
        Assert.Equal("idempotency-key-reused", await (await SendAsync(client, "/api/v1/cohorts", "a-2", Form(6))).ProblemAsync(422));

        // What failed is not kept.
        Assert.Equal("cohort-name-taken", await (await SendAsync(client, path, "a-3", Csv(8))).ProblemAsync(409));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, path + "3", "a-3", Csv(8))).StatusCode);

        // Many at once make one.
        await Planted.SlidesAsync(service, 8, "r-");
        var cohort = await Runs.RunStory.CohortAsync(service, "raced", Planted.Table(8, "r-"));
        HttpResponseMessage[] raced = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(client, "/api/v1/runs", "a-4", JsonContent.Create(new { cohortId = (string)cohort["id"]!, folds = 2, epochs = 1 }))));
        Assert.All(raced, answer => Assert.True(answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{answer.StatusCode}"));
        Assert.Contains(raced, answer => answer.StatusCode == HttpStatusCode.Accepted);
        await using var rows = service.Rows();
        var run = await rows.Runs.SingleAsync(r => r.CohortId == Guid.Parse((string)cohort["id"]!));
        await client.PostAsync($"/api/v1/runs/{run.Id}/cancel", null);

        // Secrets are not kept.
        var key = new { name = "once", role = "viewer" };
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, "/api/v1/keys", "a-5", JsonContent.Create(key))).StatusCode);
        Assert.Equal("idempotency-secret", await (await SendAsync(client, "/api/v1/keys", "a-5", JsonContent.Create(key))).ProblemAsync(409));
        Assert.Null((await rows.IdempotencyKeys.SingleAsync(k => k.Key == "a-5")).Body);
        Assert.Single(await rows.ApiKeys.Where(k => k.Name == "once").ToListAsync());

        // After a day a key may name something else; one whose process was killed is given up sooner.
        await rows.IdempotencyKeys.Where(k => k.Key == "a-1").ExecuteUpdateAsync(set => set.SetProperty(k => k.CreatedAt, DateTime.UtcNow.AddHours(-25)));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, path + "4", "a-1", Csv(4))).StatusCode);
        rows.IdempotencyKeys.Add(new IdempotencyKey { Principal = "open", Key = "a-6", RequestHash = "", CreatedAt = DateTime.UtcNow });
        await rows.SaveChangesAsync();
        Assert.Equal("idempotency-at-work", await (await SendAsync(client, path + "5", "a-6", Csv(4))).ProblemAsync(409));
        await rows.IdempotencyKeys.Where(k => k.Key == "a-6").ExecuteUpdateAsync(set => set.SetProperty(k => k.CreatedAt, DateTime.UtcNow.AddMinutes(-11)));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, path + "5", "a-6", Csv(4))).StatusCode);
    }
}
