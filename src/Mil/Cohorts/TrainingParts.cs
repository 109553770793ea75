using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>Stops a split of which the training part lacks a class, or any event: what was never seen cannot be learned, and a score would hide it.</summary>
public static class TrainingParts
{
    /// <summary>Refuses a split that leaves nothing of a class to learn from.</summary>
    /// <param name="cohort">Whose rows are divided.</param>
    /// <param name="fold">Number of the fold.</param>
    /// <param name="train">The rows that it learns from.</param>
    /// <param name="empty">Ids of rows that would be among them but have not a single instance; null: not known yet.</param>
    /// <exception cref="InputException"><c>fold-without-class</c>, naming fold and class.</exception>
    public static void Require(Cohort cohort, int fold, IReadOnlyList<CohortRow> train, IReadOnlyList<string>? empty = null)
    {
        if (cohort.Task == CohortTask.Survival)
        {
            if (!train.Any(row => row.Event))
                throw Lacks(fold, "with an event", empty);
            return;
        }
        for (var c = 0; c < cohort.Classes.Count; c++)
            if (!train.Any(row => row.Label == c))
                throw cohort.Rows.Any(row => row.Label == c) ? Lacks(fold, $"of class `{cohort.Classes[c]}`", empty)
                    : new InputException("fold-without-class", $"None of the rows that can be used is of class `{cohort.Classes[c]}`. Make sure that its slides have features, or take the class out.");
    }

    static InputException Lacks(int fold, string what, IReadOnlyList<string>? empty) => new("fold-without-class",
        $"Fold {fold}: the training part has no row {what}{(empty is { Count: > 0 } ? $" but such without a single instance ({Few.Of(empty)})" : "")}, so nothing could be learned of such. "
        + "Take another seed or more folds, do not keep sites whole, or give splits whose training parts have every class.");
}
