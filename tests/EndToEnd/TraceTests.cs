using System.Diagnostics;
using Mhim.Workers.Tests;

namespace Mhim.EndToEnd.Tests;

public sealed class TraceTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-trace-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SlideFact]
    public async Task One_trace_goes_from_the_request_over_the_queue_into_the_processes_of_its_jobs()
    {
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736", client = "00f067aa0ba902b7";
        using var collector = new OtlpCollector();
        using var server = await Server.StartAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        }, folder);
        server.Client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{client}-01");
        var slide = (string)(await server.SendFilesAsync("/slides", TestData.Slide("CMU-1-Small-Region.svs")))["id"]!;
        server.Client.DefaultRequestHeaders.Remove("traceparent");
        // A job's span is sent after its row is written, and in bundles.
        List<Span> spans;
        var clock = Stopwatch.StartNew();
        while ((spans = [.. collector.Spans.Where(span => span.Trace == trace)]).Count(span => span.Name is "job tile" or "job extract") < 2)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(10), string.Join('\n', collector.Spans) + server.Log);
            await Task.Delay(50);
        }
        Assert.Equal("ready", (string?)(await server.GetAsync($"/slides/{slide}"))["slide"]!["state"]);

        var request = Assert.Single(spans, span => span.Parent == client);
        var tile = Assert.Single(spans, span => span.Name == "job tile");
        var extract = Assert.Single(spans, span => span.Name == "job extract");
        var children = spans.Where(span => span.Name == "job process").ToList();
        Assert.Equal((request.Id, tile.Id), (tile.Parent, extract.Parent)); // encoding was asked for by what came before it
        Assert.Equal([tile.Id, extract.Id], children.OrderBy(child => child.Parent == extract.Id).Select(child => child.Parent));
        Assert.Equal([request.Process, request.Process], [tile.Process, extract.Process]);
        Assert.Equal(3, spans.Select(span => span.Process).Distinct().Count());
        Assert.EndsWith($":{server.ProcessId}", request.Process);
    }
}
