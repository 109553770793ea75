using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Mil.Reports;

/// <summary>One run against another: the last stage of each, on the held-out cases that both were asked about.</summary>
/// <param name="Cases">Cases that both have.</param>
/// <param name="OnlyHere">Cases that only the first has.</param>
/// <param name="OnlyThere">Cases that only the second has.</param>
/// <param name="Metric"><c>auc</c> or <c>c_index</c>, pooled over folds.</param>
/// <param name="Here">Of the first, over the common cases; null when it cannot be told.</param>
/// <param name="There">Of the second.</param>
/// <param name="Difference">First minus second, with its 95% interval and p-values.</param>
/// <param name="Swings">Common cases that exactly one of the two called right; 0 and 0 for survival.</param>
public sealed record RunComparison(int Cases, int OnlyHere, int OnlyThere, string Metric, double? Here, double? There, ModelComparison Difference, RunSwings Swings)
{
    /// <summary>Compares.</summary>
    /// <param name="here">A finished run.</param>
    /// <param name="there">Another on the same classes.</param>
    /// <exception cref="InputException"><c>runs-not-comparable</c>: other classes, or no case in common.</exception>
    public static RunComparison Of(RunResult here, RunResult there)
    {
        if (!here.Classes.SequenceEqual(there.Classes))
            throw new InputException("runs-not-comparable", "The runs tell different classes, so there is nothing to compare.");
        var (ours, theirs) = (Last(here, "here"), Last(there, "there"));
        var (common, same) = RunEvaluation.Paired(ours.Cases, theirs.Cases);
        if (common.Zip(same).FirstOrDefault(pair => Truth(pair.First) != Truth(pair.Second)).First is { } other)
            throw new InputException("runs-not-comparable", $"Case '{other.Id}' is not the same in both runs: their cohorts give it different outcomes.");
        HashSet<string> asked = [.. ours.Cases.Select(c => c.Id)], known = [.. theirs.Cases.Select(c => c.Id)];
        var report = new RunReport { Title = "", Classes = here.Classes, Models = [theirs, ours], Seed = here.Options.Folds.Seed };
        if (common.Count == 0 || RunEvaluation.Compare(report, theirs, ours, here.Classes.Count == 0) is not { } difference)
            throw new InputException("runs-not-comparable", "The runs have no held-out case in common.");
        bool Right(CaseOutcome c) => c.Probabilities.Count > 0 && c.Probabilities.Index().MaxBy(p => p.Item).Index == c.Label;
        return new RunComparison(asked.Intersect(known).Count(), asked.Except(known).Count(), known.Except(asked).Count(), difference.Metric, difference.Score, difference.AgainstScore, difference,
            new RunSwings(common.Zip(same).Count(pair => Right(pair.First) && !Right(pair.Second)), common.Zip(same).Count(pair => !Right(pair.First) && Right(pair.Second))));
    }

    static ReportModel Last(RunResult run, string name) => RunReports.ModelsOf(run)[^1] with { Name = name };

    static (int, double?, bool?) Truth(CaseOutcome c) => (c.Label, c.Time, c.Event);
}

/// <summary>Where two runs part.</summary>
/// <param name="OnlyHereRight">Cases that only the first called right.</param>
/// <param name="OnlyThereRight">Cases that only the second called right.</param>
public sealed record RunSwings(int OnlyHereRight, int OnlyThereRight);
