using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>What a fold's parts must still be once rows without a single instance, such as slides without tissue, are left out.</summary>
internal static class FoldParts
{
    /// <summary>Refuses a fold that has nothing of a class to learn from, or nothing to choose by where something is to be chosen.</summary>
    /// <param name="cohort">Whose rows are divided.</param>
    /// <param name="split">As it was given.</param>
    /// <param name="options">How.</param>
    /// <param name="train">The rows that are learned from.</param>
    /// <param name="validation">The rows that are chosen by.</param>
    /// <exception cref="InputException"><c>no-instances</c>, <c>fold-without-class</c>.</exception>
    public static void Require(Cohort cohort, Split split, RunOptions options, IReadOnlyList<CohortRow> train, IReadOnlyList<CohortRow> validation)
    {
        if (train.Count == 0)
            throw new InputException("no-instances", $"Fold {split.Fold}: no training row has a single instance.");
        TrainingParts.Require(cohort, split.Fold, train, [.. options.LearnedFrom(split).Except(train).Select(row => row.Id)]);
        var part = options.ChooseOnTest ? split.Test : split.Validation;
        if (validation.Count == 0 && part.Count > 0 && Chooses(options) is { } choice)
            throw new InputException("no-instances",
                $"Fold {split.Fold}: no {(options.ChooseOnTest ? "test" : "validation")} row has a single instance ({Few.Of([.. part.Select(row => row.Id)])}), so nothing tells {choice}. "
                + "Extract their features again, or start a run on other splits or on a table without them.");
    }

    static string? Chooses(RunOptions options) =>
        options.Search is not null || options.Restarts > 0 ? "which of several trainings is best"
        : options.Baseline.Patience > 0 || options.Model.Masking is not null && options.Training.Patience > 0 ? "when a training is to stop"
        : null;
}
