using Mhim.Data.Entities;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Jobs;

public sealed class JobProcessTests
{
    [Theory]
    [InlineData(137, "killed", "memory")]
    [InlineData(139, "crashed", "signal 11")]
    [InlineData(134, "crashed", "signal 6")]
    [InlineData(3, "crashed", "exit code 3")]
    [InlineData(0, "worker-error", "without saying")]
    public void A_process_that_dies_silently_is_a_failure_with_a_reason(int exitCode, string code, string words)
    {
        var outcome = JobProcess.Judge(exitCode, null, "");
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
