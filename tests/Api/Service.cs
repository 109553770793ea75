using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mhim.Api.Slides;
using Mhim.Data;
using Mhim.Data.Access;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

// Each class has a service with workers of its own; side by side they only starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Mhim.Api.Tests;

/// <summary>The service in this process, on a folder of its own.</summary>
public sealed class Service : WebApplicationFactory<SlideDto>
{
    readonly string? postgres;

    /// <summary>On SQLite.</summary>
    public Service() : this(null)
    {
    }

    internal Service(string? postgres) => this.postgres = postgres;

    public string Folder { get; } = Directory.CreateTempSubdirectory("mhim-api-").FullName;

    public string Blobs => Path.Combine(Folder, "blobs");

    /// <summary>Settings beside those of every test; set before the first request.</summary>
    internal Dictionary<string, string> Settings { get; } = [];

    public HttpClient Client => field ??= CreateClient();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Mhim:Data", Folder);
        builder.UseSetting("Mhim:LogLevel", "Error");
        foreach (var (key, value) in Settings)
            builder.UseSetting(key, value);
        if (postgres is not null)
            builder.UseSetting("ConnectionStrings:Postgres", postgres);
    }

    // A run's events are read to their end in one answer.
    protected override void ConfigureClient(HttpClient client)
    {
        base.ConfigureClient(client);
        client.Timeout = TimeSpan.FromMinutes(10);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A key straight into the rows.</summary>
    internal async Task<(string Secret, Guid Id)> KeyAsync(Role role, DateTime? expiresAt = null)
    {
        await using var rows = Rows();
        var (secret, row) = ApiKeys.Make($"{role}", role, expiresAt);
        rows.Add(row);
        await rows.SaveChangesAsync();
        return (secret, row.Id);
    }

    /// <summary>Somebody who shows this key.</summary>
    internal HttpClient As(string secret)
    {
        var client = CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    public MhimContext Rows() => Services.GetRequiredService<IDbContextFactory<MhimContext>>().CreateDbContext();

    /// <summary>Every file among the blobs.</summary>
    public string[] Files => Directory.Exists(Blobs) ? [.. Directory.EnumerateFiles(Blobs, "*", SearchOption.AllDirectories).Order()] : [];

    /// <summary>Every file among the blobs and the number of slides and jobs, once the workers have ended what earlier tests gave them.</summary>
    internal async Task<(string[] Files, int Rows)> AtRestAsync()
    {
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end; await Task.Delay(50))
        {
            await using var rows = Rows();
            var active = rows.Jobs.Where(job => job.State == JobState.Queued || job.State == JobState.Running || job.State == JobState.Waiting);
            // Whoever waits for nothing that is yet to come is queued in a moment.
            if (!await active.AnyAsync(job => JobQueues.All.Contains(job.Queue) && (job.State != JobState.Waiting
                || !active.Any(before => before.Id == job.AfterId || rows.JobPrerequisites.Any(p => p.JobId == job.Id && p.BeforeId == before.Id)))))
                return (Files, await rows.Slides.CountAsync() + await rows.Jobs.CountAsync());
        }
        throw new TimeoutException("The workers still have something to do.");
    }

    public Task<HttpResponseMessage> UploadAsync(string path, string? fileName = null, params (string Name, string Value)[] fields) =>
        UploadAsync(File.ReadAllBytes(path), fileName ?? Path.GetFileName(path), fields);

    public async Task<HttpResponseMessage> UploadAsync(byte[] content, string fileName, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        var file = new ByteArrayContent(content);
        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileName = $"\"{fileName}\"" };
        form.Add(file);
        return await Client.PostAsync("/api/v1/slides", form);
    }

    public async Task<JsonNode> WaitForSlideAsync(string id, params string[] states)
    {
        for (var end = DateTime.UtcNow.AddMinutes(10); DateTime.UtcNow < end; await Task.Delay(50))
            if (await Client.GetFromJsonAsync<JsonNode>($"/api/v1/slides/{id}") is { } answer && states.Contains((string?)answer["slide"]!["state"]))
                return answer;
        throw new TimeoutException((await Client.GetStringAsync($"/api/v1/slides/{id}")));
    }
}

static class Answers
{
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    /// <summary>Checks that an answer is ProblemDetails with this status, and gives its code.</summary>
    public static async Task<string> ProblemAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (string)JsonNode.Parse(text)!["code"]!;
    }
}
