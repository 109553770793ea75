using System.CommandLine;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Reports.Charts;
using Mhim.Mil.Training;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Runs;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim train</c>.</summary>
static class TrainCommand
{
    const int MostWarnings = 10;

    public static Command Create()
    {
        var (data, method) = (new TrainCommandCohort(), new TrainCommandMethod());
        var splits = new Option<string?>("--splits") { Description = "Folder of splits_K.csv (train, val, test) to use instead of folds of its own", HelpName = "DIR" };
        var folder = SharedOptions.Out("Gets fold-K/baseline, fold-K/mhim, splits/, run.json, metrics.json, metrics.csv, predictions.csv (what was said of every held-out case) and report.html; with --seeds a folder seed-S of these each, and seeds.json, seeds.csv, report.html over all");
        var command = new ExampleCommand("train",
            "Trains a baseline and MHIM over patient-level folds; the test part of each fold is not read before its training ends. Run again after a cut: finished folds are kept.",
            "mhim train --features features --labels labels.csv --out run --folds 5",
            "mhim train --features features --labels survival.csv --censor-column censorship --out run",
            "mhim train --bags musk1.csv.gz --preset plain --folds 10 --seeds 5 --out run",
            "mhim train --features features --labels labels.csv --splits splits --backbone transmil --search --out run");
        data.AddTo(command);
        command.Options.Add(splits);
        command.Options.Add(folder);
        method.AddTo(command);
        command.GoesOn = true;
        command.SetAction((parsed, cancel) =>
        {
            var options = method.Options(parsed);
            if (parsed.GetValue(splits) is not null)
                method.RequireNoDivision(parsed);
            var seeds = method.Seeds(parsed);
            var outDir = parsed.GetRequiredValue(folder);
            IReadOnlyList<string> runs = seeds is null ? [outDir] : [.. seeds.Select(seed => SeedDir(outDir, seed))];
            OutFolder.RequireNoFile(outDir);
            foreach (var run in runs)
                RequireFree(run);
            RequireOwnSplits(runs, parsed.GetValue(splits));
            var (whole, bags) = data.Read(parsed);
            var (cohort, missing) = whole.WithFeatures(bags.Has);
            method.RequireUse(parsed, cohort.Task == CohortTask.Survival);
            if (cohort.Rows.Count == 0 && missing.Count > 0 && bags is FolderBagSource files)
                throw WithoutFeatures.Of(missing, data.Features(parsed), files.Files());
            Screen.Say(cohort.Describe());
            var named = parsed.GetValue(splits) is { } from ? SplitFiles.Read(from, whole) : null;
            var given = named is null ? null : Usable(named, cohort);
            var leftOut = LeftOut.Of(whole, missing, named, given);
            foreach (var sentence in leftOut)
                Screen.Say($"Warning: {sentence}");
            using var ours = FolderLock.ToTrain(outDir);
            RunFolder.SweepTemporaries(outDir);
            if (seeds is null)
                Run(cohort, given, leftOut, bags, options, outDir, cancel);
            else
                RunSeeds(cohort, given, leftOut, bags, options, seeds, outDir, cancel);
            return Task.FromResult(CommandLine.Ok);
        });
        return command;
    }

    /// <summary>The same with every seed, and a table over them.</summary>
    static void RunSeeds(Cohort cohort, IReadOnlyList<Split>? given, IReadOnlyList<string> leftOut, IBagSource bags, RunOptions options, IReadOnlyList<int> seeds, string outDir, CancellationToken cancel)
    {
        if (RunFolder.Holds(outDir) == RunFiles.Run)
            throw new InputException("run-differs", $"{outDir} holds a run of one seed, whose report would be replaced. Name another folder for several seeds.");
        // The last seed's folds may leave a class out of a training part; that is told before the first seed is trained.
        if (given is null)
            foreach (var split in seeds.SelectMany(seed => PatientFolds.Make(cohort, options.Folds with { Seed = seed })))
                TrainingRun.RequireLearnable(cohort, split, options);
        var runs = new List<(int Seed, RunEvaluation Evaluation)>();
        var reports = new List<RunReport>();
        foreach (var seed in seeds)
        {
            Screen.Say($"Seed {seed}:");
            var (report, evaluation) = Run(cohort, given, leftOut, bags, options with { Seed = (ulong)seed, Folds = options.Folds with { Seed = seed } },
                SeedDir(outDir, seed), cancel);
            runs.Add((seed, evaluation));
            reports.Add(report);
        }
        var table = SeedTable.Of(runs);
        SeedTableFiles.Write(table, OfAll(seeds, reports), $"{NameOf(outDir)}, {seeds.Count} seeds", outDir);
        Console.Out.WriteLine();
        TextTable.Print(["seed", "model", "score", "mean of folds", "pooled", "95% interval"],
        [
            .. table.Models.SelectMany(model => (string[][])
            [
                .. model.Metrics[0].Scores.Select(score => (string[])
                    [$"{score.Seed}", model.Name, model.Metrics[0].Name, Words.FoldMean(score.MeanOfFolds, score.FoldsInMean, score.Folds), Words.Number(score.Pooled), Words.Interval(score.Low, score.High)]),
                ["mean", model.Name, model.Metrics[0].Name, Words.Number(model.Metrics[0].MeanOfFolds), Words.Number(model.Metrics[0].Mean), ""],
                ["deviation", model.Name, model.Metrics[0].Name, Words.Number(model.Metrics[0].DeviationOfFolds), Words.Number(model.Metrics[0].Deviation), ""],
            ]),
        ]);
        foreach (var gain in table.Gains)
            Console.Out.WriteLine($"{gain.Model} minus {gain.Against}: {Words.Signed(gain.Mean)} pooled (deviation {Words.Number(gain.Deviation)}), better in {gain.Better} of {seeds.Count} seeds; {Words.Signed(gain.FoldsMean)} in the mean of the folds{(gain.OfSomeFolds.Length > 0 ? $" ({gain.OfSomeFolds})" : "")}.");
        Console.Out.WriteLine($"Report of all seeds: {Path.Combine(outDir, "report.html")}");
    }

    /// <summary>What the seeds' reports share, and the warnings of each.</summary>
    static RunReport OfAll(IReadOnlyList<int> seeds, List<RunReport> reports) => reports[0] with
    {
        Warnings =
        [
            .. seeds.Zip(reports).SelectMany(pair => pair.Second.Warnings.Select(warning => (Seed: pair.First, Warning: warning))).GroupBy(one => one.Warning)
                .Select(same => same.Count() == seeds.Count ? same.Key : $"Seed {string.Join(", ", same.Select(one => one.Seed))}: {same.Key}"),
        ],
    };

    static (RunReport, RunEvaluation) Run(Cohort cohort, IReadOnlyList<Split>? given, IReadOnlyList<string> leftOut, IBagSource bags, RunOptions options, string outDir, CancellationToken cancel)
    {
        var splits = given ?? PatientFolds.Make(cohort, options.Folds);
        // Whole sites are a warning where nobody asked for them.
        var asked = given is null && options.Folds.PreserveSites;
        List<string> sites = asked ? [] : [.. splits.SelectMany(LeakageGate.SiteWarnings)];
        foreach (var warning in sites.Take(MostWarnings))
            Screen.Say($"Warning: {warning}");
        if (sites.Count > MostWarnings)
            Screen.Say($"Warning: {sites.Count - MostWarnings} more such warnings; the report has them.");
        if (asked)
            Screen.Say("Sites are kept whole: in each fold, every site lies in one part alone.");
        var places = splits.Index().ToDictionary(split => split.Item.Fold, split => split.Index + 1);
        var result = Screen.Run("training", progress => TrainingRun.Execute(cohort, splits, bags, options, outDir,
            new DirectProgress<RunProgress>(p => progress.Report(new StepProgress(p.Done, $"fold {p.Fold} ({places[p.Fold]} of {p.Folds}), {p.Stage}") { Left = p.Remaining })), cancel), knowsLeft: true);
        var report = RunReports.Of(result, cohort, $"Run {NameOf(outDir)}");
        if (given is not null)
            report = report with { Facts = [.. report.Facts.Where(fact => fact.Name != RunReports.FoldSeed).Select(fact => fact.Name == "Folds" ? fact with { Value = $"{given.Count}, as given by --splits" } : fact)] };
        report = report with { Warnings = [.. report.Warnings, .. leftOut, .. sites] };
        RunFolder.Write(outDir, result with { Warnings = report.Warnings });
        var evaluation = RunReportFiles.Write(report, outDir);
        RunFiles.WritePredictions(Path.Combine(outDir, RunFiles.Predictions), result);
        TextTable.Print(["stage", "score", "mean of folds", "pooled", "95% interval"], result.Summaries.Zip(evaluation.Models, (s, model) =>
            (string[])[s.Stage, $"{s.ScoreName}, {model.Pooled[0].Average}", Words.FoldMean(s.MeanOfFolds, s.FoldsInMean, model.Folds.Count), Words.Number(s.Pooled), Words.Interval(model.Pooled[0].Low, model.Pooled[0].High)]));
        foreach (var change in evaluation.Calibration ?? [])
            Console.Out.WriteLine($"{change.Model}, calibrated (temperatures {change.TemperaturesInWords()}): "
                + $"Brier {change.Before.Brier:0.000} to {change.After.Brier:0.000}, calibration error {change.Before.CalibrationError:0.000} to {change.After.CalibrationError:0.000}.");
        foreach (var warning in (string[])[.. RunReports.WarningsOf(result), .. evaluation.Doubts])
            Screen.Say($"Warning: {warning}");
        foreach (var loss in evaluation.Comparisons.Select(comparison => comparison.Loss).OfType<string>())
            Screen.Say($"Warning: {loss} The baseline's models are {Path.Combine(outDir, "fold-K", "baseline")}; docs/training.md says what to try.");
        Console.Out.WriteLine($"Best {result.Stages[^1].Stage} model by {(options.ChooseOnTest ? "test part" : "validation")}: {Path.Combine(outDir, result.BestModel)}");
        Console.Out.WriteLine($"Report: {Path.Combine(outDir, "report.html")}");
        return (report, evaluation);
    }

    static string SeedDir(string outDir, int seed) => Path.Combine(outDir, $"seed-{seed}");

    /// <summary>A model that lies there already would be taken for the run's.</summary>
    static void RequireFree(string run)
    {
        OutFolder.RequireNoFile(run);
        if (OutFolder.IsModel(run))
            throw new InputException("out-in-use", $"`{run}` holds a model, which would be taken for the run's. Name another folder, or remove it.");
    }

    /// <summary>Splits of the user's own are read, never written over.</summary>
    static void RequireOwnSplits(IReadOnlyList<string> runs, string? given)
    {
        foreach (var run in runs)
        {
            if (given is not null && Same(given, RunFolder.SplitsOf(run)))
                throw new InputException("out-in-use", $"--splits names `{given}`, where the run itself writes its splits. Copy the files to a folder of their own and name that, or name another --out.");
            RunFolder.RequireNoForeignSplits(run);
        }

        static bool Same(string a, string b) => Whole(a) == Whole(b);
        static string Whole(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder : folder));
    }

    static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Splits name slides of the whole table; those without features drop out of them too.</summary>
    static List<Split> Usable(IReadOnlyList<Split> named, Cohort usable)
    {
        var rows = usable.Rows.ToDictionary(row => row.Id);
        IReadOnlyList<CohortRow> Kept(IReadOnlyList<CohortRow> part) => [.. part.Where(row => rows.ContainsKey(row.Id)).Select(row => rows[row.Id])];
        return [.. named.Select(s => new Split(s.Fold, Kept(s.Train), Kept(s.Validation), Kept(s.Test)))];
    }
}
