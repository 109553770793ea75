using System.Diagnostics;
using Mhim.Data;
using Mhim.Data.Blobs.S3;
using Mhim.Data.Entities;
using Mhim.Workers.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>
/// Runs a job as a child process, <c>mhim job run ID</c>, because native code can kill a process: a crash is then one failed job with a reason.
/// The child ends itself when its standard input closes, which the kernel does when this process ends, however it ends.
/// </summary>
/// <param name="data">Handed on in the environment, so that no secret shows in the process list.</param>
/// <param name="workers">Where models run.</param>
/// <param name="configuration">For <see cref="FeatureRules"/>: they may have been said on the command line or in a file, which the child does not see.</param>
/// <param name="log">Gets what the child says.</param>
public sealed class JobProcess(DataOptions data, WorkerOptions workers, IConfiguration configuration, ILogger<JobProcess> log)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs to the end of the child.</summary>
    /// <param name="id">Id of a job row that the caller has claimed.</param>
    /// <param name="limits">What the child, with its own children, may take; over it, they are killed.</param>
    /// <param name="progress">Told what the child reports.</param>
    /// <param name="cancel">Kills the child and its children.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the child is gone.</exception>
    public async Task<JobOutcome> RunAsync(Guid id, JobLimits limits, IProgress<JobProgress> progress, CancellationToken cancel)
    {
        using var child = new Process { StartInfo = StartOf(id) };
        JobOutcome? said = null;
        var lastWords = new Queue<string>();
        child.OutputDataReceived += (_, line) =>
        {
            switch (JobProtocol.Read(line.Data))
            {
                case JobProgress step:
                    progress.Report(step);
                    break;
                case JobOutcome outcome:
                    said = outcome;
                    break;
                case string text:
                    log.LogInformation("Job {JobId}: {Line}", id, text);
                    break;
            }
        };
        child.ErrorDataReceived += (_, line) =>
        {
            if (string.IsNullOrWhiteSpace(line.Data))
                return;
            log.LogWarning("Job {JobId}: {Line}", id, line.Data);
            lock (lastWords)
            {
                lastWords.Enqueue(line.Data);
                if (lastWords.Count > 5)
                    lastWords.Dequeue();
            }
        };
        var endedForMemory = ProcessTree.EndedForMemory();
        var clock = Stopwatch.StartNew();
        child.Start();
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        var ended = child.WaitForExitAsync(CancellationToken.None);
        JobOutcome? cut = null;
        long peak = 0;
        while (!ended.IsCompleted && cut is null)
        {
            try
            {
                await ended.WaitAsync(Look, cancel);
            }
            catch (TimeoutException)
            {
                var held = ProcessTree.Resident(child.Id);
                peak = Math.Max(peak, held);
                cut = held > limits.Memory ? limits.OverMemory(held) : clock.Elapsed > limits.Time ? limits.OverTime() : null;
                if (cut is not null)
                    child.Kill(entireProcessTree: true);
            }
            catch (OperationCanceledException)
            {
                child.Kill(entireProcessTree: true);
                await ended;
                throw;
            }
        }
        await ended;
        if (said?.State == JobState.Succeeded && child.ExitCode == 0)
            return said; // it was just done when it was cut
        if (cut is not null)
            return cut;
        if (child.ExitCode == 128 + 9 && ProcessTree.EndedForMemory() > endedForMemory)
            return JobLimits.KilledForMemory(peak);
        lock (lastWords)
            return Judge(child.ExitCode, said, string.Join(' ', lastWords));
    }

    /// <summary>What an exit code means for a job.</summary>
    internal static JobOutcome Judge(int exitCode, JobOutcome? said, string lastWords)
    {
        if (said is not null && (said.State != JobState.Succeeded || exitCode == 0))
            return said;
        return exitCode switch
        {
            0 => JobOutcome.Failure("worker-error", "Its process ended without saying how the work went."),
            _ when MemoryWords.Any(word => lastWords.Contains(word, StringComparison.OrdinalIgnoreCase)) => JobOutcome.Failure(JobLimits.OutOfMemory,
                $"It needs more memory than there is; give the machine more, or fewer jobs at once, then retry. {lastWords}"),
            137 => JobOutcome.Failure("killed",
                "Its process was killed from outside (signal 9), most likely because the machine ran out of memory; give the machine more, then retry."),
            > 128 and < 160 => JobOutcome.Failure("crashed", $"Its process crashed (signal {exitCode - 128}). {lastWords}".TrimEnd()),
            _ => JobOutcome.Failure("crashed", $"Its process ended with exit code {exitCode}. {lastWords}".TrimEnd()),
        };
    }

    // What native allocators, libtorch and the runtime say when there is no more.
    internal static readonly string[] MemoryWords = ["bad_alloc", "not enough memory", "out of memory", "Cannot allocate memory"];

    internal ProcessStartInfo StartOf(Guid id)
    {
        var start = MhimProcess.StartOf("job", "run", id.ToString());
        start.Environment["Mhim__Data"] = data.Folder;
        if (data.Postgres is { } postgres)
            start.Environment["ConnectionStrings__Postgres"] = postgres;
        else
            start.Environment.Remove("ConnectionStrings__Postgres");
        foreach (var (name, value) in S3Options.Variables(data.S3).Concat(FeatureRules.Variables(configuration)))
        {
            // Settings are the same in capitals and small letters, variables are not, and only one of them shall be there.
            foreach (var other in start.Environment.Keys.Where(key => key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList())
                start.Environment.Remove(other);
            if (value is not null)
                start.Environment[name] = value;
        }
        start.Environment["Mhim__Workers__Device"] = workers.Device;
        if (Activity.Current?.Id is { } trace)
            start.Environment["TRACEPARENT"] = trace;
        else
            start.Environment.Remove("TRACEPARENT");
        return start;
    }
}
