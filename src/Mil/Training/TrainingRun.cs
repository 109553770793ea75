using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>A whole run in one call: k patient-level folds, in each a baseline, a teacher from it, MHIM, and only then the test part.</summary>
public static class TrainingRun
{
    /// <summary>Runs, or goes on with a run that was cut off: finished models are kept.</summary>
    /// <param name="cohort">Rows with labels.</param>
    /// <param name="bags">Features of the cohort's slides.</param>
    /// <param name="options">How.</param>
    /// <param name="outDir">Gets <c>fold-k/baseline</c> and <c>fold-k/mhim</c> (model.safetensors, config.json, card.json) and <c>run.json</c>.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellation">Stops after the present step; a later call goes on.</param>
    /// <exception cref="InputException">Features are missing, differ in encoder, width or mpp, or the cohort cannot be divided.</exception>
    public static RunResult Execute(Cohort cohort, IBagSource bags, RunOptions options, string outDir,
        IProgress<RunProgress>? progress = null, CancellationToken cancellation = default) => throw new NotImplementedException();
}
