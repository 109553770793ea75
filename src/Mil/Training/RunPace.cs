using System.Diagnostics;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>Counts a run's work in bag-steps and tells how much is left.</summary>
internal sealed class RunPace
{
    // A step of MHIM reads the bag twice.
    const double MhimStep = 2;

    readonly IReadOnlyList<Split> _splits;
    readonly RunOptions _options;
    readonly IProgress<RunProgress>? _progress;
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly double _total;
    double _finished, _worked;

    public RunPace(IReadOnlyList<Split> splits, RunOptions options, IProgress<RunProgress>? progress)
    {
        (_splits, _options, _progress) = (splits, options, progress);
        _total = splits.Sum(split => Stages(options).Sum(stage => Work(split, stage)));
    }

    /// <summary>Stages of a fold, in order.</summary>
    public static IReadOnlyList<string> Stages(RunOptions options) => options.Model.Masking is null ? ["baseline"] : ["baseline", "mhim"];

    /// <summary>Tells of an epoch.</summary>
    /// <param name="split">Its fold.</param>
    /// <param name="stage">Its stage.</param>
    /// <param name="number">Which of the stage's trainings, from 0.</param>
    /// <param name="epoch">Its number, from 0.</param>
    /// <param name="record">What came out.</param>
    /// <param name="scoreName">Name of the score.</param>
    public void AfterEpoch(Split split, string stage, int number, int epoch, EpochRecord record, string scoreName)
    {
        var epochs = (stage == "mhim" ? _options.Training : _options.Baseline).Epochs;
        var perEpoch = Work(split, stage) / epochs / Trainings(_options, stage);
        _worked += perEpoch;
        var left = _total - _finished - perEpoch * (number * epochs + epoch + 1);
        var remaining = TimeSpan.FromSeconds(Math.Max(0, left) * _watch.Elapsed.TotalSeconds / _worked);
        _progress?.Report(new RunProgress(split.Fold, _splits.Count, stage, epoch + 1, epochs, record.Loss, scoreName, record.Score,
            Math.Clamp(1 - left / _total, 0, 1), remaining) { ValidationLoss = record.ValidationLoss, Kept = record.Kept, Instances = record.Instances });
    }

    /// <summary>A stage is done, early or not, now or in an earlier run.</summary>
    public void AfterStage(Split split, string stage) => _finished += Work(split, stage);

    double Work(Split split, string stage) => split.Train.Count * Trainings(_options, stage) * (stage == "mhim" ? MhimStep * _options.Training.Epochs : _options.Baseline.Epochs);

    static int Trainings(RunOptions options, string stage) => (1 + options.Restarts) * (stage == "mhim" && options.Search is { } grid ? grid.Over(options.Model).Count : 1);
}
