using Mhim.Data;
using Mhim.Data.Entities;
using Mhim.Features;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobProcessTests
{
    [Theory]
    [InlineData(137, "killed", "memory")]
    [InlineData(139, "crashed", "signal 11")]
    [InlineData(134, "crashed", "signal 6")]
    [InlineData(3, "crashed", "exit code 3")]
    [InlineData(0, "worker-error", "without saying")]
    [InlineData(134, "job-out-of-memory", "more memory", "terminate called after throwing an instance of 'std::bad_alloc'")]
    [InlineData(1, "job-out-of-memory", "more memory", "Out of memory.")]
    public void A_process_that_dies_silently_is_a_failure_with_a_reason(int exitCode, string code, string words, string lastWords = "")
    {
        var outcome = JobProcess.Judge(exitCode, null, lastWords);
        Assert.Equal((JobState.Failed, code), (outcome.State, outcome.Code));
        Assert.Contains(words, outcome.Reason);
    }

    [Fact]
    public void What_the_child_says_counts_unless_it_dies_after_claiming_success()
    {
        var failure = JobOutcome.Failure("no-tissue", "No tissue.");
        Assert.Equal(failure, JobProcess.Judge(2, failure, ""));
        Assert.Equal(JobOutcome.Success, JobProcess.Judge(0, JobOutcome.Success, ""));
        Assert.Equal("crashed", JobProcess.Judge(139, JobOutcome.Success, "").Code);
    }

    [Fact]
    public void Each_queue_has_limits_of_its_own_and_what_cannot_be_a_limit_is_refused()
    {
        var options = Options("TilingMemoryMB", "300", "GpuMinutes", "0.5");
        Assert.Equal(new JobLimits(300 << 20, TimeSpan.FromHours(4)), options.LimitsOf(JobQueues.Tiling));
        Assert.Equal(new JobLimits(JobLimits.UsualMemory, TimeSpan.FromSeconds(30)), options.LimitsOf(JobQueues.Gpu));
        foreach (var (name, value) in ((string, string)[])[("TilingMemoryMB", "0"), ("GpuMemoryMB", "-1"), ("TilingMinutes", "0"), ("GpuMinutes", "NaN"), ("GpuMinutes", "soon")])
            Assert.Equal("setting-unreadable", Assert.Throws<InputException>(() => Options(name, value)).Code);

        static WorkerOptions Options(params string[] pairs) => WorkerOptions.From(new ConfigurationBuilder()
            .AddInMemoryCollection(pairs.Chunk(2).ToDictionary(pair => $"Mhim:Workers:{pair[0]}", pair => (string?)pair[1])).Build());
    }

    [Fact]
    public void The_rules_of_tissue_that_a_worker_has_read_are_handed_to_the_process_of_its_job()
    {
        const string lower = "mhim__features__mintissue";
        Environment.SetEnvironmentVariable(lower, "0.9"); // what the environment says is not what was read last
        try
        {
            var read = new ConfigurationBuilder().AddInMemoryCollection([new("Mhim:Features:Tissue", "biopsy"), new("Mhim:Features:MinTissue", "0.1"), new("Mhim:Features:KeepMarks", "true")]).Build();
            var environment = new JobProcess(new DataOptions("/data"), new WorkerOptions(), read, NullLogger<JobProcess>.Instance).StartOf(Guid.NewGuid()).Environment;
            Assert.False(environment.ContainsKey(lower));
            var child = new ConfigurationBuilder().AddInMemoryCollection(environment.Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":"), pair.Value))).Build();
            Assert.Equal(new FeatureSettings().With(read), new FeatureSettings().With(child));
        }
        finally
        {
            Environment.SetEnvironmentVariable(lower, null);
        }
    }

    [Theory]
    [InlineData(2.0, 2L << 30, false)]
    [InlineData(2.0, (2L << 30) - 1, true)]
    [InlineData(0.0, 0L, false)]
    public void A_job_begins_only_where_the_disk_has_room(double reserve, long free, bool refused) =>
        Assert.Equal(refused ? "disk-full" : null, new WorkerOptions { ReserveGB = reserve }.DiskGuard(free)?.Code);

    [Fact]
    public void A_process_is_weighed_with_its_children()
    {
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", "sleep 60 & echo up; wait"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("up", shell.StandardOutput.ReadLine());
            var alone = long.Parse(File.ReadAllText($"/proc/{shell.Id}/statm").Split(' ')[1]) * Environment.SystemPageSize;
            Assert.InRange(ProcessTree.Resident(shell.Id), alone + 1, 1 << 26);
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
            shell.WaitForExit();
        }
        Assert.Equal(0, ProcessTree.Resident(shell.Id));
    }

    [Fact]
    public void What_is_said_is_understood_and_other_text_is_text()
    {
        Assert.Equal(new JobProgress(0.25, "encoding"), JobProtocol.Read(JobProtocol.Line(new JobProgress(0.25, "encoding"))));
        var failure = JobOutcome.Failure("a-b", "Two\nlines, \"quoted\".");
        Assert.Equal(failure, JobProtocol.Read(JobProtocol.Line(failure)));
        Assert.DoesNotContain('\n', JobProtocol.Line(failure));
        Assert.Equal("warning", JobProtocol.Read("warning"));
        Assert.Null(JobProtocol.Read(" "));
    }

    [Fact]
    public void A_variant_can_be_read_back()
    {
        foreach (var settings in (FeatureSettings[])[new(), new("resnet-50", 0.2525, 224), new("a-b-c", 1, 512)])
            Assert.Equal(settings, FeatureSettings.Parse(settings.Variant));
        Assert.Throws<FormatException>(() => FeatureSettings.Parse("x"));
    }
}
