using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>Scores of one stage over several runs.</summary>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="Mean">Mean over the seeds of the pooled score.</param>
/// <param name="Deviation">Its standard deviation (n − 1); NaN for one seed.</param>
/// <param name="PerSeed">Pooled score of each seed.</param>
public sealed record SeedSummary(string Stage, string ScoreName, double Mean, double Deviation, IReadOnlyList<double> PerSeed);

/// <summary>The same run with several seeds: other folds, other weights, other draws each time.</summary>
public static class SeededRuns
{
    /// <summary>Runs once per seed, into <c>seed-s</c>, and writes <c>seeds.json</c>.</summary>
    /// <param name="cohort">Rows with labels.</param>
    /// <param name="bags">Features of the cohort's slides.</param>
    /// <param name="options">How; its seeds are replaced.</param>
    /// <param name="seeds">At least one.</param>
    /// <param name="outDir">Where to.</param>
    /// <param name="progress">Told after each epoch; the share is that of the seed under way.</param>
    /// <param name="cancellation">Stops after the present step; a later call goes on.</param>
    public static (IReadOnlyList<RunResult> Runs, IReadOnlyList<SeedSummary> Summaries) Execute(Cohort cohort, IBagSource bags, RunOptions options,
        IReadOnlyList<int> seeds, string outDir, IProgress<RunProgress>? progress = null, CancellationToken cancellation = default)
    {
        var runs = seeds.Select(seed => TrainingRun.Execute(cohort, bags,
            options with { Seed = (ulong)seed, Folds = options.Folds with { Seed = seed } },
            Path.Combine(outDir, $"seed-{seed}"), progress, cancellation)).ToList();
        var summaries = runs.SelectMany(run => run.Summaries).GroupBy(summary => summary.Stage).Select(stage =>
        {
            var scores = stage.Select(summary => summary.Pooled).ToList();
            var mean = scores.Average();
            var deviation = scores.Count < 2 ? double.NaN : Math.Sqrt(scores.Sum(s => (s - mean) * (s - mean)) / (scores.Count - 1));
            return new SeedSummary(stage.Key, stage.First().ScoreName, mean, deviation, scores);
        }).ToList();
        MilJson.Write(Path.Combine(outDir, "seeds.json"), summaries);
        return (runs, summaries);
    }
}
