using System.Collections.Concurrent;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;
using Mhim.Workers.Batch;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Batch;

/// <summary>From one slide into the next: what is done while a slide is made.</summary>
public sealed class SlideBatchTests : IDisposable
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    readonly string folder = Directory.CreateTempSubdirectory("mhim-batch-").FullName;
    readonly ConcurrentDictionary<string, ManualResetEventSlim> prepared = new(Enumerable.Range(0, 3).Select(i => KeyValuePair.Create($"s{i}", new ManualResetEventSlim())));
    readonly ConcurrentQueue<string> made = [];

    public SlideBatchTests()
    {
        for (int i = 0; i < 3; i++)
            new SyntheticSlide($"s{i}", "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 300, 300, (ulong)(i + 1)).Write(In($"slides/s{i}.tif"), In($"truth/s{i}.png"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }

    IReadOnlyList<SlideResult> Run(SlideBatch.Work work, Action<SlideSource, IProgress<StepProgress>> prepare, CancellationToken cancel = default) =>
        new SlideBatch(SlideList.Find([In("slides")]), In("out"), null, null, prepare).Run(work, _ => { }, cancel);

    SlideOutput Make(SlideSource source)
    {
        made.Enqueue(source.SlideId);
        return new SlideOutput(1, null, null, null, null, null);
    }

    [Fact]
    public void The_next_slide_is_prepared_while_one_is_made()
    {
        var results = Run((source, _) =>
        {
            // Each waits for its successor's preparation: after one another this would never end.
            if (source.SlideId != "s2")
                Assert.True(prepared[$"s{source.SlideId[1] - '0' + 1}"].Wait(Long));
            return Make(source);
        }, (source, progress) =>
        {
            progress.Report(new StepProgress(1, "prepared"));
            prepared[source.SlideId].Set();
        });
        Assert.Equal(["s0", "s1", "s2"], made);
        // What was prepared was made, though the work itself then found it there.
        Assert.Equal([SlideState.Kept, SlideState.Done, SlideState.Done], results.Select(result => result.State));
        Assert.False(prepared["s0"].IsSet); // the first has nobody to wait for
    }

    [Fact]
    public void What_cannot_be_prepared_fails_in_its_turn_and_alone()
    {
        var results = Run((source, _) => Make(source), (source, _) =>
        {
            if (source.SlideId == "s1")
                throw new InputException("no-tissue", "no tissue");
        });
        Assert.Equal(["s0", "s2"], made);
        Assert.Equal(("no-tissue", "no tissue"), (results[1].Code, results[1].Reason));
        Assert.NotNull(results[1].Resolution); // it was opened
        Assert.Equal([SlideState.Kept, SlideState.Failed, SlideState.Kept], results.Select(result => result.State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_that_is_too_long_costs_its_slide_and_no_other(bool written)
    {
        var name = string.Concat(Enumerable.Repeat("µ", 115)); // 230 bytes
        File.Move(In("slides/s1.tif"), In($"slides/{name}.tif"));
        var results = Run((source, _) =>
        {
            if (written)
                AtomicFile.WriteAllText(In($"out/{source.SlideId}_patches.tissue.geojson"), "");
            return Make(source);
        }, (_, _) => { });
        Assert.Equal(written ? ["s0", "s2"] : ["s0", "s2", name], made);
        Assert.Equal([SlideState.Kept, SlideState.Kept, written ? SlideState.Failed : SlideState.Kept], results.Select(result => result.State));
        if (written)
        {
            Assert.Equal("name-too-long", results[2].Code);
            Assert.Contains("a shorter name", results[2].Reason);
        }
        Assert.Empty(Directory.EnumerateFiles(folder, "*.lock", SearchOption.AllDirectories));
    }

    [Fact]
    public void Stopped_in_between_it_gives_back_what_it_had_taken_ahead()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run((source, _) =>
        {
            Assert.True(prepared["s1"].Wait(Long));
            stop.Cancel();
            stop.Token.ThrowIfCancellationRequested();
            return Make(source);
        }, (source, _) => prepared[source.SlideId].Set(), stop.Token));
        Assert.Empty(made);
        Assert.Empty(Directory.EnumerateFiles(folder, "*.lock", SearchOption.AllDirectories));
    }
}
