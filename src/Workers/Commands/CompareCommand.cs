using System.CommandLine;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Reports.Charts;
using Mhim.Mil.Training;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim compare</c>.</summary>
static class CompareCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("RUN_A") { Description = "Folder of a finished run" };
        var second = new Argument<string?>("RUN_B")
            { Description = "Another, on the same cases; left out: RUN_A's baseline against its MHIM", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => null };
        var stage = new Option<string?>("--stage")
            { Description = "Which model of the runs: baseline or mhim, or two joined by a comma for A and B; otherwise each run's last", HelpName = "STAGE" };
        var folder = new Option<string?>("--out") { Description = "Gets report.html, metrics.json and metrics.csv of both", HelpName = "DIR" };
        var command = new ExampleCommand("compare",
            "Whether one model is better than another on the same held-out cases: DeLong's test and a paired bootstrap over patients.",
            "mhim compare run-plain run-mhim --out comparison",
            "mhim compare run-abmil run-transmil --stage baseline",
            "mhim compare run-mhim                     # its baseline against its MHIM") { first, second, stage, folder };
        command.SetAction(parsed =>
        {
            var (a, b, named) = (parsed.GetRequiredValue(first), parsed.GetValue(second), parsed.GetValue(stage));
            if (parsed.GetValue(folder) is { } wanted)
                OutFolder.RequireNoFile(wanted);
            var (stageA, stageB) = Stages(named ?? (b is null ? "baseline,mhim" : null));
            var (runA, runB) = (RunFolder.Read(a), RunFolder.Read(b ?? a));
            stageA ??= runA.Stages[^1].Stage;
            stageB ??= runB.Stages[^1].Stage;
            if ((b is null || Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(b))) && stageA == stageB)
                throw new InputException("runs-equal", $"`{a}` {stageA} would be compared with itself; name another run, or two stages such as --stage baseline,mhim.");
            var report = Report(runA, stageA, runB, stageB, a, b ?? a);
            if (parsed.GetValue(folder) is { } place && RunFolder.Holds(place) is { } taken)
                throw new InputException("out-in-use", $"`{place}` holds a {taken}: a comparison would replace that run's report. Name a folder of its own.");
            var evaluation = parsed.GetValue(folder) is { } outDir ? RunReportFiles.Write(report, outDir) : RunEvaluation.Of(report);
            foreach (var c in evaluation.Comparisons)
            {
                var p = c.DeLongP is { } delong ? $"DeLong p {Words.P(delong)}, " : "";
                TextTable.Print(["model", c.Metric], [[c.Against, Words.Number(c.AgainstScore)], [c.Model, Words.Number(c.Score)]]);
                if (evaluation.Models.Any(m => m.Cases > c.Cases) && report.Models.Any(m => m.Cases.DistinctBy(one => one.Id).Count() < m.Cases.Count))
                    Console.Out.WriteLine($"Some cases are in the test parts of several folds, which are not the same in both runs: compared are {c.Cases} cases, each by the first fold that tested it.");
                var interval = c.Low is null || c.High is null ? "" : $" (95% {Words.Signed(c.Low)} to {Words.Signed(c.High)})";
                Console.Out.WriteLine(c.Difference is null ? $"{c.Model} minus {c.Against}: cannot be told from these cases, {c.Metric} needs some that differ in outcome."
                    : $"{c.Model} minus {c.Against}: {Words.Signed(c.Difference)}{interval}, {p}paired bootstrap p {Words.P(c.PairedBootstrapP)}; {Words.Signed(c.FoldsDifference)} in {Words.TheMeanOf(c.FoldsInMean, c.Folds)}.");
            }
            foreach (var warning in (string[])[.. report.Warnings, .. evaluation.Doubts])
                Screen.Say($"Warning: {warning}");
            if (parsed.GetValue(folder) is { } written)
                Console.Out.WriteLine($"Report: {Path.Combine(written, "report.html")}");
            return CommandLine.Ok;
        });
        return command;
    }

    static (string? A, string? B) Stages(string? named)
    {
        if (named is null)
            return (null, null);
        var words = named.Split(',', StringSplitOptions.TrimEntries);
        return words.Length <= 2 && words.All(word => word is "baseline" or "mhim") ? (words[0], words[^1])
            : throw new InputException("stage-unknown", $"--stage `{named}` is neither baseline nor mhim, nor two of them joined by a comma.");
    }

    static RunReport Report(RunResult a, string stageA, RunResult b, string stageB, string nameA, string nameB)
    {
        // A run of survival has no classes.
        if ((a.Classes.Count == 0) != (b.Classes.Count == 0))
            throw new InputException("runs-differ", $"`{(a.Classes.Count == 0 ? nameA : nameB)}` is a run of survival, `{(a.Classes.Count == 0 ? nameB : nameA)}` one of classes, so there is nothing to compare.");
        if (!a.Classes.SequenceEqual(b.Classes))
            throw new InputException("runs-differ", $"`{nameA}` and `{nameB}` tell different classes apart, so there is nothing to compare.");
        var (casesA, casesB) = (Cases(a, stageA, nameA), Cases(b, stageB, nameB));
        HashSet<string> idsA = [.. casesA.Select(one => one.Id)], idsB = [.. casesB.Select(one => one.Id)];
        if (casesA.Except(casesB).Select(one => one.Id).Where(idsB.Contains).Order().ToList() is { Count: > 0 } contrary)
            throw new InputException("runs-differ",
                $"`{nameA}` and `{nameB}` were not judged on the same cases: {contrary.Count} differ in patient, label or time, such as `{contrary[0]}`. Train both on one table.");
        if (!idsA.Overlaps(idsB))
            throw new InputException("runs-differ", $"`{nameA}` and `{nameB}` were not judged on the same cases: they have none in common, such as `{idsA.Min()}` of the one and `{idsB.Min()}` of the other. Train both on one table.");
        var alone = idsA.Except(idsB).Concat(idsB.Except(idsA)).Order().ToList();
        List<string> missing = alone.Count == 0 ? [] : [$"{Few.Count(alone.Count, "case is", "cases are")} in one of the runs only, such as `{alone[0]}`: compared are the {idsA.Intersect(idsB).Count()} that both have, each model's own numbers are over all of its own."];
        var (partA, partB) = (Part(a, stageA, $"A: {nameA}, {stageA}"), Part(b, stageB, $"B: {nameB}, {stageB}"));
        return partA with
        {
            Title = nameA == nameB ? $"{nameA}: {stageA} and {stageB}" : $"{nameA} and {nameB}",
            Lead = $"{(stageA == stageB ? $"The {stageA} models of both runs" : $"{stageA} of the one and {stageB} of the other")} on the same held-out cases.", Facts = [],
            Models = [.. partA.Models, .. partB.Models], Calibration = [.. partA.Calibration, .. partB.Calibration],
            Warnings = nameA == nameB ? [.. partA.Warnings.Union(partB.Warnings)] : [.. missing, .. partA.Warnings.Select(w => $"A, `{nameA}`: {w}"), .. partB.Warnings.Select(w => $"B, `{nameB}`: {w}")],
            RiskBorder = partA.RiskBorder == partB.RiskBorder ? partA.RiskBorder : "as each run drew the border",
        };
    }

    static HashSet<(string Id, string Patient, int Label, double? Time, bool? Event)> Cases(RunResult run, string stage, string name)
    {
        var cases = run.Stages.Where(s => s.Stage == stage).SelectMany(s => s.HeldOut).Select(h => (h.Id, h.PatientId, h.Label, h.Time, h.Event)).ToHashSet();
        return cases.Count > 0 ? cases : throw new InputException("stage-missing", $"`{name}` has no stage {stage}; it has {string.Join(" and ", run.Stages.Select(s => s.Stage).Distinct())}.");
    }

    /// <summary>The report of one stage, under the name that it has beside the other.</summary>
    static RunReport Part(RunResult run, string stage, string name)
    {
        var report = RunReports.Of(run with { Stages = [.. run.Stages.Where(s => s.Stage == stage)] }, run.Classes.Count == 0 ? Cohort.OfSurvival([]) : Cohort.OfClasses(run.Classes, []), name);
        return report with { Cohort = [], Models = [report.Models[0] with { Name = name }], Calibration = [.. report.Calibration.Select(change => change with { Model = name })] };
    }
}
