using Mhim.Mil.Metrics;
using Mhim.Mil.Training;

namespace Mhim.Mil.Reports;

/// <summary>The numbers behind the figures of a run's report, for those who draw them themselves; all over the held-out cases of all folds.</summary>
/// <param name="Task"><c>classification</c> or <c>survival</c>.</param>
/// <param name="Classes">By index; empty for survival.</param>
/// <param name="Models">The plainest first, the one that matters last.</param>
public sealed record RunFigures(string Task, IReadOnlyList<string> Classes, IReadOnlyList<ModelFigures> Models)
{
    const int WrongCases = 25;

    // A line on a screen needs no more.
    const int MostPoints = 400;

    /// <summary>Of a finished run.</summary>
    public static RunFigures Of(RunResult result)
    {
        var report = new RunReport { Title = "", Classes = result.Classes, Models = RunReports.ModelsOf(result) };
        var stages = result.Stages.GroupBy(stage => stage.Stage).Select(group => group.ToArray()).ToArray();
        return result.Classes.Count == 0
            ? new RunFigures("survival", [], [.. report.Models.Zip(stages, (model, folds) => Survival(model, folds))])
            : new RunFigures("classification", result.Classes, [.. report.Models.Zip(stages, (model, folds) => Classification(report, model, folds))]);
    }

    static ModelFigures Classification(RunReport report, ReportModel model, StageResult[] folds)
    {
        var scores = RunEvaluation.Classes(report, model.Cases);
        // Of two classes the second says all.
        int[] shown = report.Classes.Count == 2 ? [1] : [.. Enumerable.Range(0, report.Classes.Count)];
        var counts = ConfusionMatrix.Of(scores).Counts;
        int[] wrong = [.. Enumerable.Range(0, scores.Count).Where(i => scores.Predicted(i) != scores.Labels[i]).OrderBy(i => scores.Row(i)[scores.Labels[i]]).ThenBy(i => i)];
        return new ModelFigures(model.Name, folds[0].Stage, Training(folds))
        {
            Roc = [.. shown.Select(c => new CurveFigure(report.Classes[c], Known(Ranking.RocAuc(scores.Ranks(c), scores.Is(c))), Thin(scores, Curves.Roc(scores.Ranks(c), scores.Is(c)))))],
            PrecisionRecall =
            [
                .. shown.Select(c => new CurveFigure(report.Classes[c], Known(Ranking.AveragePrecision(scores.Ranks(c), scores.Is(c))),
                    Thin(scores, Curves.PrecisionRecall(scores.Ranks(c), scores.Is(c))))),
            ],
            Calibration = [.. shown.Select(c => new CalibrationFigure(report.Classes[c], Metrics.Calibration.Curve(scores.Column(c), scores.Is(c))))],
            Confusion = [.. Enumerable.Range(0, report.Classes.Count).Select(t => (IReadOnlyList<int>)[.. Enumerable.Range(0, report.Classes.Count).Select(p => counts[t, p])])],
            WrongCases = wrong.Length,
            MostWrong =
            [
                .. wrong.Take(WrongCases).Select(i => new WrongCase(model.Cases[i].Id, model.Cases[i].PatientId, model.Cases[i].Fold, report.Classes[scores.Labels[i]],
                    report.Classes[scores.Predicted(i)], scores.Row(i)[scores.Labels[i]])),
            ],
        };
    }

    static ModelFigures Survival(ReportModel model, StageResult[] folds)
    {
        var scores = RunEvaluation.Risks(model.Cases);
        var people = RunEvaluation.RisksOfPatients(model.Cases);
        var high = people.HighRisk();
        var (chi, p, _) = KaplanMeier.LogRank(people.Times, people.Events, high);
        SurvivalGroup Group(string name, bool isHigh) => SurvivalGroup.Of(name,
            [.. Enumerable.Range(0, people.Count).Where(i => high[i] == isHigh).Select(i => (people.Times[i], people.Events[i]))]);
        return new ModelFigures(model.Name, folds[0].Stage, Training(folds))
        {
            Survival = new RiskGroups([Group("Low risk", false), Group("High risk", true)], Known(chi), Known(p), Known(Concordance.Of(scores).Index), [.. folds.Select(fold => fold.RiskThreshold)]),
            MostWrong = [.. MostSurprising(model).Take(WrongCases)],
        };
    }

    /// <summary>Survival has no wrong call; instead, whose risk stands farthest from where the outcome would put it.</summary>
    internal static IReadOnlyList<WrongCase> MostSurprising(ReportModel model)
    {
        var scores = RunEvaluation.Risks(model.Cases);
        bool Earlier(int a, int b) => scores.Events[a] && (scores.Times[a] < scores.Times[b] || scores.Times[a] == scores.Times[b] && !scores.Events[b]);
        return
        [
            .. Enumerable.Range(0, scores.Count).Select(i =>
            {
                int wrong = 0, pairs = 0;
                for (var j = 0; j < scores.Count; j++)
                {
                    if (!Earlier(i, j) && !Earlier(j, i))
                        continue;
                    pairs++;
                    wrong += Earlier(i, j) && scores.Risks[i] < scores.Risks[j] || Earlier(j, i) && scores.Risks[j] < scores.Risks[i] ? 1 : 0;
                }
                return (Case: i, Wrong: wrong, Pairs: pairs);
            }).Where(s => s.Wrong > 0).OrderByDescending(s => s.Wrong).ThenBy(s => s.Case).Select(s => new WrongCase(
                model.Cases[s.Case].Id, model.Cases[s.Case].PatientId, model.Cases[s.Case].Fold, scores.Events[s.Case] ? "event" : "censored", null, null)
            {
                Time = scores.Times[s.Case], Risk = scores.Risks[s.Case], WrongPairs = s.Wrong, Pairs = s.Pairs,
            }),
        ];
    }

    static IReadOnlyList<FoldTraining> Training(StageResult[] folds) =>
    [
        .. folds.Select(fold => new FoldTraining(fold.Fold, fold.BestEpoch + 1, fold.ScoreName, Known(fold.Validation), Known(fold.Test), fold.Seconds, fold.Temperature,
            [.. fold.Epochs.Select(e => new EpochFigure(Known(e.Loss), Known(e.ValidationLoss), Known(e.Score), Known(e.Kept)))])),
    ];

    static IReadOnlyList<FigurePoint> Thin(ClassScores scores, IReadOnlyList<CurvePoint> points)
    {
        var step = Math.Max(1, points.Count / (double)MostPoints);
        return
        [
            .. Enumerable.Range(0, (int)Math.Ceiling(points.Count / step)).Select(i => (int)(i * step)).Append(points.Count - 1).Where(i => i >= 0).Distinct()
                .Select(i => new FigurePoint(points[i].X, points[i].Y, i == 0 ? null : Known(scores.Probability(points[i].Threshold)))),
        ];
    }

    static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>The figures of one model.</summary>
/// <param name="Name">As <c>MHIM on AB-MIL</c>.</param>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="Training">How each fold's training went.</param>
public sealed record ModelFigures(string Name, string Stage, IReadOnlyList<FoldTraining> Training)
{
    /// <summary>ROC curves: of two classes the second, of more each against the rest; empty for survival.</summary>
    public IReadOnlyList<CurveFigure> Roc { get; init; } = [];

    /// <summary>Precision-recall curves of the same.</summary>
    public IReadOnlyList<CurveFigure> PrecisionRecall { get; init; } = [];

    /// <summary>Calibration of the same.</summary>
    public IReadOnlyList<CalibrationFigure> Calibration { get; init; } = [];

    /// <summary>[C][C] cases: rows are the truth, columns what was called; empty for survival.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; } = [];

    /// <summary>The groups of low and high risk; null for classes.</summary>
    public RiskGroups? Survival { get; init; }

    /// <summary>How many cases were called wrong; 0 for survival.</summary>
    public int WrongCases { get; init; }

    /// <summary>The cases called wrong, the surest mistakes first; for survival those ranked most wrongly. 25 at most.</summary>
    public IReadOnlyList<WrongCase> MostWrong { get; init; } = [];
}

/// <summary>A curve.</summary>
/// <param name="Class">The class that counts as positive.</param>
/// <param name="Area">Area under the ROC curve, or average precision; null when it cannot be told.</param>
/// <param name="Points">Along the curve, 402 at most.</param>
public sealed record CurveFigure(string Class, double? Area, IReadOnlyList<FigurePoint> Points);

/// <summary>A point of a curve.</summary>
/// <param name="X">False positive rate, or recall.</param>
/// <param name="Y">True positive rate, or precision.</param>
/// <param name="Threshold">Scores from this one up are called positive; null at the start.</param>
public sealed record FigurePoint(double X, double Y, double? Threshold);

/// <summary>A calibration curve.</summary>
/// <param name="Class">The class.</param>
/// <param name="Points">One per bin that has cases.</param>
public sealed record CalibrationFigure(string Class, IReadOnlyList<CalibrationPoint> Points);

/// <summary>Kaplan-Meier curves of two groups of patients, and whether they differ.</summary>
/// <param name="Groups">Low risk, then high risk.</param>
/// <param name="ChiSquare">Of the log-rank test.</param>
/// <param name="P">Its p-value; null when it cannot be told.</param>
/// <param name="CIndex">Over comparable pairs.</param>
/// <param name="Thresholds">By fold, the median risk of its training cases, which parts the groups; null where it is not known.</param>
public sealed record RiskGroups(IReadOnlyList<SurvivalGroup> Groups, double? ChiSquare, double? P, double? CIndex, IReadOnlyList<double?> Thresholds);

/// <summary>A Kaplan-Meier curve.</summary>
/// <param name="Name">The group.</param>
/// <param name="Cases">Patients in it.</param>
/// <param name="Events">Observed.</param>
/// <param name="Median">Time at which half have had the event; null when the curve stays above one half.</param>
/// <param name="End">The longest time.</param>
/// <param name="Steps">One per distinct event time.</param>
/// <param name="Censored">Times of the censored cases, ascending.</param>
public sealed record SurvivalGroup(string Name, int Cases, int Events, double? Median, double End, IReadOnlyList<SurvivalStep> Steps, IReadOnlyList<double> Censored)
{
    /// <summary>Estimates.</summary>
    /// <param name="name">The group.</param>
    /// <param name="cases">Time, and whether the event was observed.</param>
    public static SurvivalGroup Of(string name, IReadOnlyList<(double Time, bool Event)> cases)
    {
        var steps = KaplanMeier.Estimate([.. cases.Select(c => c.Time)], [.. cases.Select(c => c.Event)]);
        return new SurvivalGroup(name, cases.Count, cases.Count(c => c.Event), KaplanMeier.Median(steps), cases.Select(c => c.Time).DefaultIfEmpty(0).Max(), steps,
            [.. cases.Where(c => !c.Event).Select(c => c.Time).Order()]);
    }
}

/// <summary>A case that was called or ranked wrong.</summary>
/// <param name="Id">Id of the row: a slide, or a patient where bags are patients.</param>
/// <param name="Patient">Its patient.</param>
/// <param name="Fold">Fold whose test part it is in.</param>
/// <param name="Truth">Its class; for survival <c>event</c> or <c>censored</c>.</param>
/// <param name="Called">What it was called; null for survival.</param>
/// <param name="ProbabilityOfTruth">0 to 1; null for survival.</param>
public sealed record WrongCase(string Id, string Patient, int Fold, string Truth, string? Called, double? ProbabilityOfTruth)
{
    /// <summary>Survival: its time.</summary>
    public double? Time { get; init; }

    /// <summary>Survival: its risk.</summary>
    public double? Risk { get; init; }

    /// <summary>Survival: pairs with it that the risks put in the wrong order.</summary>
    public int? WrongPairs { get; init; }

    /// <summary>Survival: pairs with it whose order is known.</summary>
    public int? Pairs { get; init; }
}

/// <summary>How the training of a fold went.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="BestEpoch">Epoch whose weights were kept, from 1.</param>
/// <param name="ScoreName">Name of the score.</param>
/// <param name="Validation">Validation score of that epoch.</param>
/// <param name="Test">The same score on the test part.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="Temperature">That calibrates the fold's model; null where none was asked for.</param>
/// <param name="Epochs">In order.</param>
public sealed record FoldTraining(int Fold, int BestEpoch, string ScoreName, double? Validation, double? Test, double Seconds, double? Temperature, IReadOnlyList<EpochFigure> Epochs);

/// <summary>An epoch; null where a number is none.</summary>
/// <param name="Loss">Mean training loss.</param>
/// <param name="ValidationLoss">Mean loss on validation.</param>
/// <param name="Score">Validation score.</param>
/// <param name="Kept">Mean share of the instances that were read, recycle tokens included; the rest was masked.</param>
public sealed record EpochFigure(double? Loss, double? ValidationLoss, double? Score, double? Kept);
