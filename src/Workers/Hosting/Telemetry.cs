using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mhim.Workers.Hosting;

/// <summary>
/// Traces and measurements of jobs. They leave the process by OTLP when the standard variables say where to (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin).
/// A trace goes from the request that asked for something over the queue to the jobs that it led to and into their child processes.
/// </summary>
public static class Telemetry
{
    /// <summary>Name of the source of our spans and of our meter.</summary>
    public const string Name = "Mhim";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>What this process's jobs came to.</summary>
    static readonly Meter Meter = new(Name);

    static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("mhim.job.duration", "s", "How long jobs of this process ran, by kind and how they ended.");

    static readonly Counter<long> Failures = Meter.CreateCounter<long>("mhim.job.failures", null, "Jobs of this process that failed, by kind and reason.");

    /// <summary>Whether anybody wants them.</summary>
    public static bool Wanted => new[] { "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" }
        .Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 });

    /// <summary>For a host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="traces">What else is traced.</param>
    /// <param name="metrics">What else is measured, and who else reads it.</param>
    public static IServiceCollection AddMhimTelemetry(
        this IServiceCollection services, Action<TracerProviderBuilder>? traces = null, Action<MeterProviderBuilder>? metrics = null)
    {
        var telemetry = services.AddOpenTelemetry().ConfigureResource(Describe);
        telemetry.WithTracing(builder => traces?.Invoke(builder.AddSource(Name)));
        telemetry.WithMetrics(builder => metrics?.Invoke(builder.AddMeter(Name)));
        return Wanted ? services.AddOpenTelemetry().UseOtlpExporter().Services : services;
    }

    /// <summary>For a process without a host, a job's child.</summary>
    /// <returns>Dispose it at the end, so that everything is sent; null when nobody wants anything.</returns>
    internal static TracerProvider? Start() => !Wanted ? null
        : Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(Name).AddOtlpExporter().Build();

    /// <summary>A span under one of another process, or under whatever is at work here.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="parent">W3C trace context (<c>traceparent</c>), or null.</param>
    internal static Activity? Begin(string name, string? parent) =>
        ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? Source.StartActivity(name, ActivityKind.Consumer, context) : Source.StartActivity(name, ActivityKind.Consumer);

    internal static void Count(JobKind kind, JobOutcome? outcome, TimeSpan took)
    {
        var state = outcome?.State.ToString().ToLowerInvariant() ?? "given-back";
        Durations.Record(took.TotalSeconds, new("kind", kind.ToString().ToLowerInvariant()), new("state", state));
        if (outcome is { State: JobState.Failed })
            Failures.Add(1, new("kind", kind.ToString().ToLowerInvariant()), new("reason", outcome.Code));
    }

    static void Describe(ResourceBuilder resource) => resource.AddService("mhim", serviceVersion: WorkerRow.Version, serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}");
}
