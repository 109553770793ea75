using System.CommandLine;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim train</c>.</summary>
static class TrainCommand
{
    public static Command Create()
    {
        var features = new Option<string>("--features") { Description = "Folder of SLIDE.h5, as mhim extract writes them", Required = true, HelpName = "DIR" };
        var labels = new Option<string>("--labels") { Description = "Label table (CSV)", Required = true, HelpName = "CSV" };
        var folder = SharedOptions.Out("Gets fold-K/baseline, fold-K/mhim, run.json and report.html");
        var folds = new Option<int>("--folds") { Description = "Patient-level folds", DefaultValueFactory = _ => 5 }
            .Check(count => count is >= 2 and <= 100, "is from 2 to 100.");
        var seed = new Option<ulong>("--seed") { Description = "Decides folds, weights and every draw", DefaultValueFactory = _ => 1 };
        var epochs = new Option<int?>("--epochs") { Description = "Epochs at most, instead of the preset's" }
            .Check(count => count is null or >= 1, "is at least 1.");
        var preset = new Option<string>("--preset") { Description = "standard, or small for some dozens of slides", DefaultValueFactory = _ => "standard" };
        preset.AcceptOnlyFromAmong("standard", "small");
        var device = SharedOptions.Device();
        var command = new ExampleCommand("train",
            "Trains the AB-MIL baseline and MHIM over patient-level folds; the test part of each fold is not read before its training ends. Run again after a cut: finished folds are kept.",
            "mhim train --features features --labels labels.csv --out run --folds 5") { features, labels, folder, folds, seed, epochs, preset, device };
        command.SetAction((parsed, cancel) =>
        {
            var bags = new FolderBagSource(parsed.GetRequiredValue(features));
            var (cohort, missing) = CohortReader.Read(parsed.GetRequiredValue(labels)).WithFeatures(bags.Has);
            Screen.Say(cohort.Describe());
            if (missing.Count > 0)
                Screen.Say($"Without features, left out: {missing.Count} slides ({string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? ", …" : "")}).");
            var basis = Options(parsed.GetValue(preset)!, parsed.GetValue(epochs));
            var options = basis with
            {
                Seed = parsed.GetValue(seed), Device = parsed.GetValue(device)!,
                Folds = basis.Folds with { Folds = parsed.GetValue(folds), Seed = (int)(parsed.GetValue(seed) & int.MaxValue) },
            };
            var outDir = parsed.GetRequiredValue(folder);
            var result = Screen.Run("training", progress => TrainingRun.Execute(cohort, bags, options, outDir,
                new DirectProgress<RunProgress>(p => progress.Report(new StepProgress(p.Done, $"fold {p.Fold + 1} of {p.Folds}, {p.Stage}"))), cancel));
            TextTable.Print(["stage", "score", "mean of folds", "pooled"],
                result.Summaries.Select(s => (string[])[s.Stage, s.ScoreName, $"{s.MeanOfFolds:0.000}", $"{s.Pooled:0.000}"]));
            RunReportFiles.Write(RunReports.Of(result, cohort, $"Run {Path.GetFileName(Path.GetFullPath(outDir))}"), outDir);
            Console.Out.WriteLine($"Best model by validation: {Path.Combine(outDir, result.BestModel)}");
            Console.Out.WriteLine($"Report: {Path.Combine(outDir, "report.html")}");
            return Task.FromResult(CommandLine.Ok);
        });
        return command;
    }

    static RunOptions Options(string preset, int? epochs)
    {
        var options = preset == "small" ? RunOptions.Small : new RunOptions();
        return epochs is { } most
            ? options with { Baseline = options.Baseline with { Epochs = most }, Training = options.Training with { Epochs = most } }
            : options;
    }
}
