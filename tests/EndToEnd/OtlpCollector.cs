using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mhim.EndToEnd.Tests;

/// <summary>A span as it was exported.</summary>
sealed record Span(string Trace, string Id, string Parent, string Name, string Process);

/// <summary>Takes spans in as an OpenTelemetry collector does: OTLP over HTTP, in protobuf (opentelemetry-proto, trace/v1/trace.proto).</summary>
sealed class OtlpCollector : IDisposable
{
    readonly HttpListener listener = new();
    readonly List<Span> spans = [];

    public OtlpCollector()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Endpoint = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }
        listener.Prefixes.Add(Endpoint + "/");
        listener.Start();
        _ = TakeAsync();
    }

    public string Endpoint { get; }

    public List<Span> Spans
    {
        get
        {
            lock (spans)
                return [.. spans];
        }
    }

    public void Dispose() => listener.Close();

    async Task TakeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext http;
            try
            {
                http = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            try
            {
                await AnswerAsync(http);
            }
            catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
            {
                // Whoever sent it has ended or waits no more; others go on sending.
            }
        }
    }

    async Task AnswerAsync(HttpListenerContext http)
    {
        using var body = new MemoryStream();
        await http.Request.InputStream.CopyToAsync(body);
        if (http.Request.Url!.AbsolutePath == "/v1/traces")
            lock (spans)
                spans.AddRange(Read(body.ToArray()));
        http.Response.ContentType = "application/x-protobuf";
        http.Response.Close();
    }

    static IEnumerable<Span> Read(byte[] request)
    {
        foreach (var resourceSpans in Parts(request, 1))
        {
            // service.instance.id, which is HOST:PROCESS here
            var process = Parts(resourceSpans, 1).SelectMany(resource => Parts(resource, 1)).Where(attribute => Text(attribute, 1) == "service.instance.id")
                .SelectMany(attribute => Parts(attribute, 2)).Select(value => Text(value, 1)).SingleOrDefault("");
            foreach (var span in Parts(resourceSpans, 2).SelectMany(scope => Parts(scope, 2)))
                yield return new Span(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), process);
        }
    }

    static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Parts(message, field).SingleOrDefault([]));

    static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Parts(message, field).SingleOrDefault([]));

    /// <summary>The fields of that number whose type is bytes, text or message.</summary>
    static IEnumerable<byte[]> Parts(byte[] message, int wanted)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Number();
            switch (tag & 7)
            {
                case 0:
                    Number();
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Number();
                    if (tag >> 3 == (ulong)wanted)
                        yield return message[at..(at + length)];
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }
        }

        ulong Number()
        {
            ulong value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (ulong)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
