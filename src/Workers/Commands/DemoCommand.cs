using System.CommandLine;
using System.Diagnostics;
using Mhim.Mil.Reports.Charts;
using Mhim.Workers.Demo;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim demo</c>.</summary>
static class DemoCommand
{
    const int FewestSlides = 24;

    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "Gets slides, features, models, predictions and the report", HelpName = "DIR", DefaultValueFactory = _ => "mhim-demo" };
        var slides = new Option<int>("--slides") { Description = "How many slides to draw", DefaultValueFactory = _ => 60 }
            .Check(count => count is >= FewestSlides and <= 2000, $"is from {FewestSlides} to 2000: fewer cannot be divided into patient-level folds that mean anything.");
        var seed = new Option<int>("--seed") { Description = "Decides slides, folds, weights and every draw", DefaultValueFactory = _ => 7 };
        var command = new ExampleCommand("demo",
            "Draws a cohort of slides and runs the whole pipeline on it: tissue, tiles, features, AB-MIL baseline and MHIM on patients held out, heatmaps, report. Needs no data. Run again, it skips what is done.",
            "mhim demo --out /tmp/demo") { folder, slides, seed };
        command.GoesOn = true;
        command.SetAction((parsed, cancel) =>
        {
            var clock = Stopwatch.StartNew();
            var outDir = Path.GetFullPath(parsed.GetValue(folder)!);
            OutFolder.RequireNoFile(outDir);
            var outcome = new DemoRun(outDir, parsed.GetValue(slides), parsed.GetValue(seed)).Run(cancel);
            Print(outcome);
            Console.Out.WriteLine();
            Console.Out.WriteLine($"Model   {Path.Combine(outDir, "model")}");
            Console.Out.WriteLine($"Report  {Path.Combine(outDir, "report.html")}");
            Console.Out.WriteLine($"Done in {clock.Elapsed.TotalMinutes:0.0} minutes. The slides are drawn, not scanned; research use only.");
            return Task.FromResult(CommandLine.Ok);
        });
        return command;
    }

    static void Print(DemoOutcome outcome)
    {
        Console.Out.WriteLine();
        TextTable.Print(["model", "held-out AUC, pooled", "95% interval", "mean of folds", "heatmap AUC, pooled", "per tumour slide"],
            outcome.Result.Summaries.Zip(outcome.Evaluation.Models, (summary, model) =>
            {
                var auc = model.Pooled.First(metric => metric.Name == "auc");
                var truth = outcome.Truth[summary.Stage];
                return (string[])[model.Name, $"{auc.Value:0.000}", $"{auc.Low:0.000} to {auc.High:0.000}", Words.FoldMean(summary.MeanOfFolds, summary.FoldsInMean, model.Folds.Count),
                    $"{truth.Pooled:0.000}", $"{truth.PerSlide:0.000}"];
            }));
        var tiles = outcome.Truth.Values.First();
        Console.Out.WriteLine();
        Console.Out.WriteLine("Held-out AUC: slides of patients that the model was not trained on. Heatmap AUC: its instance scores against the drawn truth,");
        Console.Out.WriteLine($"{tiles.TumourTiles} tumour tiles (a quarter or more is tumour) among {tiles.Tiles}.");
    }
}
