using System.CommandLine;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Settings;
using Mhim.Features;
using Mhim.Workers.Hosting;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim job run ID</c>: the child process of a worker. Not for people.</summary>
static class JobCommand
{
    public static Command Create()
    {
        var id = new Argument<Guid>("ID");
        var run = new Command("run", "Do the work of a job") { id };
        run.SetAction((parsed, cancel) => RunAsync(parsed.GetRequiredValue(id), cancel));
        var job = new Command("job", "Used by workers") { run };
        job.Hidden = true;
        return job;
    }

    static async Task<int> RunAsync(Guid id, CancellationToken cancel)
    {
        ParentWatch.Start();
        var (gate, share) = (new Lock(), 0.0);
        var configuration = SecretFiles.FromEnvironment();
        var data = DataOptions.From(configuration);
        var blobs = BlobStore.Of(data, reason => Say(JobProtocol.Line(new JobProgress(share, $"waiting: {reason}"))));
        var work = new JobWork(new MhimContextFactory(data), blobs, WorkerOptions.From(configuration).Device, configuration);
        using var telemetry = Telemetry.Start();
        using var span = Telemetry.Begin("job process", Environment.GetEnvironmentVariable("TRACEPARENT"));
        span?.SetTag("mhim.job", id);
        try
        {
            await work.RunAsync(id, new DirectProgress<StepProgress>(step => Say(JobProtocol.Line(new JobProgress(share = step.Share, step.Text)))), cancel);
            Say(JobProtocol.Line(JobOutcome.Success));
            return CommandLine.Ok;
        }
        catch (InputException e)
        {
            Say(JobProtocol.Line(JobOutcome.Failure(e.Code, e.Message)));
            return CommandLine.BadInput;
        }
        catch (BlobsAwayException e)
        {
            Say(JobProtocol.Line(JobOutcome.Failure(BlobsAwayException.Code, $"{e.Message} Retry when it does.")));
            return CommandLine.Unexpected;
        }
        catch (Exception e) when (DatabaseAway.Is(e))
        {
            Say(JobProtocol.Line(JobOutcome.GivenBack));
            return CommandLine.Unexpected;
        }
        catch (Exception e) when (e is OutOfMemoryException || (e is not OperationCanceledException
            && JobProcess.MemoryWords.Any(word => e.Message.Contains(word, StringComparison.OrdinalIgnoreCase))))
        {
            Console.Error.WriteLine(e);
            Say(JobProtocol.Line(JobOutcome.Failure(JobLimits.OutOfMemory, "It needs more memory than there is, on the machine or on the device; give it more, or fewer jobs at once, then retry.")));
            return CommandLine.Unexpected;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Console.Error.WriteLine(e);
            Say(JobProtocol.Line(JobOutcome.Failure("unexpected", $"Something unexpected happened ({e.GetType().Name}: {e.Message}); the service's log has the details.")));
            return CommandLine.Unexpected;
        }

        void Say(string line)
        {
            lock (gate)
                Console.Out.WriteLine(line);
        }
    }
}
