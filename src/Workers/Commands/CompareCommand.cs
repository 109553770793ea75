using System.CommandLine;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim compare</c>.</summary>
static class CompareCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("RUN_A") { Description = "Folder of a finished run" };
        var second = new Argument<string>("RUN_B") { Description = "Another, on the same cases" };
        var folder = new Option<string?>("--out") { Description = "Gets report.html, metrics.json and metrics.csv of both", HelpName = "DIR" };
        var command = new ExampleCommand("compare",
            "Whether the last model of one run is better than that of another on the same held-out cases: DeLong's test and a paired bootstrap over patients.",
            "mhim compare run-plain run-mhim --out comparison") { first, second, folder };
        command.SetAction(parsed =>
        {
            var (a, b) = (parsed.GetRequiredValue(first), parsed.GetRequiredValue(second));
            var report = Report(RunFolder.Read(a), RunFolder.Read(b), a, b);
            var evaluation = parsed.GetValue(folder) is { } outDir ? RunReportFiles.Write(report, outDir) : RunEvaluation.Of(report);
            foreach (var c in evaluation.Comparisons)
            {
                var p = c.DeLongP is { } delong ? $"DeLong p {delong:0.0000}, " : "";
                TextTable.Print(["model", c.Metric], evaluation.Models.Select(m =>
                    (string[])[m.Name, $"{m.Pooled.First(metric => metric.Name == c.Metric).Value:0.000}"]));
                Console.Out.WriteLine($"{c.Model} minus {c.Against}: {c.Difference:+0.000;-0.000} (95% {c.Low:+0.000;-0.000} to {c.High:+0.000;-0.000}), "
                    + $"{p}paired bootstrap p {c.PairedBootstrapP:0.0000}.");
            }
            if (parsed.GetValue(folder) is { } written)
                Console.Out.WriteLine($"Report: {Path.Combine(written, "report.html")}");
            return CommandLine.Ok;
        });
        return command;
    }

    static RunReport Report(RunResult a, RunResult b, string nameA, string nameB)
    {
        if (!a.Classes.SequenceEqual(b.Classes))
            throw new InputException("runs-differ", $"`{nameA}` and `{nameB}` tell different classes apart, so there is nothing to compare.");
        // A case by everything that is true of it: the same id with another label or time is another case.
        var (casesA, casesB) = (Cases(a), Cases(b));
        casesA.SymmetricExceptWith(casesB);
        if (casesA.Count > 0)
            throw new InputException("runs-differ",
                $"`{nameA}` and `{nameB}` were not judged on the same cases: {casesA.Count} are in one only or differ in patient, label or time, such as `{casesA.Min().Id}`. Train both on one table.");
        return Of(a, nameA) with
        {
            Title = $"{nameA} and {nameB}", Lead = "The last model of each run on the same held-out cases.", Facts = [],
            Models = [Last(a, $"A: {nameA}"), Last(b, $"B: {nameB}")],
        };
    }

    static HashSet<(string Id, string Patient, int Label, double? Time, bool? Event)> Cases(RunResult run) =>
        [.. run.Stages.Where(s => s.Stage == run.Stages[^1].Stage).SelectMany(s => s.HeldOut).Select(h => (h.Id, h.PatientId, h.Label, h.Time, h.Event))];

    static ReportModel Last(RunResult run, string name) => Of(run, name).Models[^1] with { Name = name };

    static RunReport Of(RunResult run, string name) =>
        RunReports.Of(run, run.Classes.Count == 0 ? Cohort.OfSurvival([]) : Cohort.OfClasses(run.Classes, []), name) with { Cohort = [] };
}
