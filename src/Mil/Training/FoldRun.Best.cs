using Mhim.Features;
using Mhim.Mil.Checkpoints;

namespace Mhim.Mil.Training;

/// <remarks>Of several trainings of a stage the one is kept that is best on validation; the others stay in <c>search</c>.</remarks>
partial class FoldRun
{
    /// <summary>Trains a stage with each of the settings, and each of those again as often as the options say.</summary>
    TrainedStage Best(string stage, IReadOnlyList<MhimOptions> settings, MhimModel? baseline, CancellationToken cancellation)
    {
        var folder = Path.Combine(_dir, stage);
        var best = settings.Count == 1 && _options.Restarts == 0
            ? Train(stage, folder, settings[0], 0, baseline, 0, cancellation)
            : Kept(stage, folder, Tried(stage, settings, baseline, cancellation));
        _pace.AfterStage(_split, stage);
        return best;
    }

    /// <summary>The best of all; what else was trained is let go of.</summary>
    TrainedStage Tried(string stage, IReadOnlyList<MhimOptions> settings, MhimModel? baseline, CancellationToken cancellation)
    {
        TrainedStage? best = null;
        InputException? diverged = null;
        var (tried, seconds) = (0, 0.0);
        var times = 1 + _options.Restarts;
        for (var number = 0; number < settings.Count * times; number++)
        {
            var (point, restart) = (number / times, number % times);
            var name = (stage == "mhim" ? $"point-{point:00}" : stage) + (restart == 0 ? "" : $"-again-{restart}");
            try
            {
                var trained = Train(stage, Path.Combine(_dir, "search", name), settings[point], restart, baseline, number, cancellation);
                (tried, seconds) = (tried + 1, seconds + trained.Result.Seconds);
                if (best is null || trained.IsBetterThan(best))
                    (best, trained) = (trained, best);
                trained?.Dispose();
            }
            catch (InputException e) when (e.Code == Trainer.Diverged)
            {
                diverged = e;   // not the best of several
            }
        }
        return best is null ? throw diverged! : best with { Result = best.Result with { Tried = tried, TriedSeconds = seconds } };
    }

    /// <summary>Takes it over from its own folder into the stage's.</summary>
    TrainedStage Kept(string stage, string folder, TrainedStage best)
    {
        var kept = best with { Result = best.Result with { ModelDir = Path.Combine($"fold-{_split.Fold}", stage) } };
        ModelFolder.Copy(Path.Combine(Path.GetDirectoryName(_dir)!, best.Result.ModelDir), folder, kept.Card);
        MilJson.Write(Path.Combine(folder, "training.json"), kept.Result);
        return kept;
    }

    /// <summary>A trained model and what is known of it.</summary>
    sealed record TrainedStage(MhimModel Model, StageResult Result, ModelCard Card) : IDisposable
    {
        /// <summary>By validation score, then by validation loss.</summary>
        public bool IsBetterThan(TrainedStage other)
        {
            var (mine, theirs) = (Result.Epochs[Result.BestEpoch], other.Result.Epochs[other.Result.BestEpoch]);
            var (score, than) = (Trainer.Value(mine.Score), Trainer.Value(theirs.Score));
            return score > than || score == than && mine.ValidationLoss < theirs.ValidationLoss;
        }

        public void Dispose() => Model.Dispose();
    }
}
