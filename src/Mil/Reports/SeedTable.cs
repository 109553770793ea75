using System.Text.Json.Serialization;
using Mhim.Mil.Metrics;

namespace Mhim.Mil.Reports;

/// <summary>The same run with several seeds: how far its numbers move with folds, weights and draws.</summary>
/// <param name="Task"><c>classification</c> or <c>survival</c>.</param>
/// <param name="Seeds">The seeds, in the order in which they were run.</param>
/// <param name="Models">One per stage, the baseline first.</param>
/// <param name="Gains">Each model against the first, seed by seed.</param>
public sealed record SeedTable(string Task, IReadOnlyList<int> Seeds, IReadOnlyList<SeedModel> Models, IReadOnlyList<SeedGain> Gains)
{
    /// <summary>Gathers the evaluations of runs that differ in their seed alone.</summary>
    /// <param name="runs">At least one; all with the same models and metrics.</param>
    public static SeedTable Of(IReadOnlyList<(int Seed, RunEvaluation Evaluation)> runs)
    {
        var first = runs[0].Evaluation;
        var models = first.Models.Select((model, m) => new SeedModel(model.Name,
        [
            .. model.Pooled.Select((metric, i) =>
            {
                SeedScore[] scores = [.. runs.Select(run => Score(run.Seed, run.Evaluation.Models[m], i))];
                // A mean of p-values or of ratios would be no such thing: seed by seed they say what they say.
                var (mean, deviation) = MetricTable.IsQuality(metric.Name) ? Moments(scores.Select(score => score.Pooled)) : (null, null);
                var (foldMean, foldDeviation) = Moments(scores.Select(score => score.MeanOfFolds));
                return new SeedMetric(metric.Name, metric.Title, metric.Average, metric.HigherIsBetter, mean, deviation, foldMean, foldDeviation, scores);
            }),
        ])).ToArray();
        return new SeedTable(first.Task, [.. runs.Select(run => run.Seed)], models, [.. models.Skip(1).Select(model => Gain(models[0], model))]);
    }

    static SeedScore Score(int seed, ModelEvaluation model, int metric)
    {
        var pooled = model.Pooled[metric];
        return new SeedScore(seed, pooled.MeanOfFolds, pooled.Value, pooled.Low, pooled.High) { FoldsInMean = pooled.FoldsInMean, Folds = model.Folds.Count };
    }

    static SeedGain Gain(SeedModel against, SeedModel model)
    {
        var metric = model.Metrics[0];
        var (mean, deviation) = Moments(metric.Scores.Zip(against.Metrics[0].Scores, (a, b) => a.Pooled - b.Pooled));
        return new SeedGain(model.Name, against.Name, metric.Name, mean, deviation,
            metric.Scores.Zip(against.Metrics[0].Scores).Count(pair => pair.First.Pooled > pair.Second.Pooled))
        {
            FoldsMean = Moments(metric.Scores.Zip(against.Metrics[0].Scores, (a, b) => a.MeanOfFolds - b.MeanOfFolds)).Mean,
            OfSomeFolds = string.Join(", ", metric.Scores.Where(score => score.FoldsInMean < score.Folds).Select(score => $"seed {score.Seed}: {score.FoldsInMean} of {score.Folds} folds")),
        };
    }

    /// <summary>Mean and standard deviation (n − 1) of what is known; null where too little is.</summary>
    static (double? Mean, double? Deviation) Moments(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().ToArray();
        if (known.Length == 0)
            return (null, null);
        var mean = known.Average();
        return (mean, known.Length < 2 ? null : Math.Sqrt(known.Sum(v => (v - mean) * (v - mean)) / (known.Length - 1)));
    }
}

/// <summary>One model over the seeds.</summary>
/// <param name="Name">As <c>MHIM on AB-MIL</c>.</param>
/// <param name="Metrics">The one by which models are chosen first.</param>
public sealed record SeedModel(string Name, IReadOnlyList<SeedMetric> Metrics);

/// <summary>One metric over the seeds.</summary>
/// <param name="Name">For programs, as <c>auc</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Average">What it is an average over.</param>
/// <param name="HigherIsBetter">False for losses.</param>
/// <param name="Mean">Mean over the seeds of the pooled metric; null when no seed could tell it, and for tests, whose p-values have no mean.</param>
/// <param name="Deviation">Its standard deviation over the seeds (n − 1); null for one seed.</param>
/// <param name="MeanOfFolds">Mean over the seeds of the mean of the folds.</param>
/// <param name="DeviationOfFolds">Its standard deviation over the seeds.</param>
/// <param name="Scores">Seed by seed.</param>
public sealed record SeedMetric(string Name, string Title, string Average, bool HigherIsBetter, double? Mean, double? Deviation,
    double? MeanOfFolds, double? DeviationOfFolds, IReadOnlyList<SeedScore> Scores);

/// <summary>A metric with one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="MeanOfFolds">Mean of the test parts of the folds.</param>
/// <param name="Pooled">Over the held-out cases of all folds together.</param>
/// <param name="Low">Lower end of its 95% interval over patients.</param>
/// <param name="High">Upper end.</param>
public sealed record SeedScore(int Seed, double? MeanOfFolds, double? Pooled, double? Low, double? High)
{
    /// <summary>Over how many folds the mean is: those that hold every class of the pooled cases; null where there is no such mean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FoldsInMean { get; init; }

    /// <summary>Folds of the seed.</summary>
    public int Folds { get; init; }
}

/// <summary>One model against another, seed by seed on the same folds.</summary>
/// <param name="Model">The model.</param>
/// <param name="Against">The one that it is compared to.</param>
/// <param name="Metric">Name of the compared metric, pooled.</param>
/// <param name="Mean">Mean difference.</param>
/// <param name="Deviation">Its standard deviation over the seeds (n − 1).</param>
/// <param name="Better">In how many seeds the model was better.</param>
public sealed record SeedGain(string Model, string Against, string Metric, double? Mean, double? Deviation, int Better)
{
    /// <summary>The seeds in which not every fold could be counted for them, in words; empty where there are none.</summary>
    [JsonIgnore]
    public string OfSomeFolds { get; init; } = "";

    /// <summary>Mean difference of the means of the folds: scores of different folds are of different models, and pooled they are taken for one scale.</summary>
    public double? FoldsMean { get; init; }
}
