using Mhim.Workers.Batch;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>What <c>tile</c> and <c>extract</c> share: a run over slides that ends in a table, a report and an exit code.</summary>
/// <param name="verb">For the report.</param>
/// <param name="slides">Files and folders.</param>
/// <param name="outDir">The output folder.</param>
/// <param name="table">Resolutions of single slides.</param>
/// <param name="mpp">Resolution of all others.</param>
sealed class BatchCommand(string verb, string[] slides, string outDir, MppTable? table, double? mpp)
{
    /// <summary>For <c>--help</c>.</summary>
    public const string Help =
        "One bad slide does not stop the rest; what was made from the same slide and options is kept, so run again, it goes on where it stopped. Several processes may work on one "
        + "output folder. Exit code: 0 all slides are there, 3 some failed (see report.json), 2 all failed or the input cannot be used, 130 interrupted, 1 anything else.";

    /// <summary>Runs, prints, reports.</summary>
    /// <param name="work">Makes one slide's outputs.</param>
    /// <param name="cancel">Stops.</param>
    /// <param name="prepare">What may be done for the next slide meanwhile.</param>
    /// <returns>The exit code. A single slide that fails throws, as any other command.</returns>
    public int Run(SlideBatch.Work work, CancellationToken cancel, Action<SlideSource, IProgress<StepProgress>>? prepare = null)
    {
        var found = SlideList.Find(slides);
        bool several = found.Slides.Count > 1;
        var results = new SlideBatch(found, outDir, table, mpp, prepare).Run(work, soFar =>
        {
            if (several)
                BatchReport.Write(outDir, verb, soFar);
        }, cancel);
        if (table?.Unused() is { } unused)
            Screen.Say($"mhim: {unused}");
        BatchReport.Print(results);
        return BatchReport.ExitCode(results);
    }
}
