using Mhim.Features;
using Mhim.Mil.Metrics;

namespace Mhim.Mil.Reports.Charts;

/// <summary>Kaplan-Meier curves of the patients of high and low risk, one chart per model.</summary>
internal static class SurvivalCharts
{
    public static IEnumerable<Chart> Of(RunReport report) => report.Models.Select(model => KaplanMeierOf(model, report.RiskBorder, report.TimeName));

    static Chart KaplanMeierOf(ReportModel model, string border, string? time)
    {
        var scores = RunEvaluation.RisksOfPatients(model.Cases);
        var high = scores.HighRisk();
        var end = scores.Times.DefaultIfEmpty(1).Max();
        var plot = new SvgPlot($"Kaplan-Meier, {model.Name}", time is null ? "Time" : $"Time ({time})", "Without event", (0, end), (0, 1), 460, 300);
        var legend = new List<(string, string)>();
        foreach (var (isHigh, @class, name) in new[] { (false, "low", "Low risk"), (true, "high", "High risk") })
        {
            int[] group = [.. Enumerable.Range(0, scores.Count).Where(i => high[i] == isHigh)];
            if (group.Length == 0)
                continue;
            double[] times = [.. group.Select(i => scores.Times[i])];
            bool[] events = [.. group.Select(i => scores.Events[i])];
            var steps = KaplanMeier.Estimate(times, events);
            var last = (X: times.Max(), Step: steps.Count > 0 ? steps[^1] : new SurvivalStep(0, 1, 1, 1, 0, 0));
            plot.StepBand([(0, 1, 1), .. steps.Select(s => (s.Time, s.Low, s.High)), (last.X, last.Step.Low, last.Step.High)], @class);
            plot.Steps([(0, 1), .. steps.Select(s => (s.Time, s.Survival)), (last.X, last.Step.Survival)], @class, name);
            for (var i = 0; i < times.Length; i++)
                if (!events[i])
                    plot.Tick(times[i], steps.LastOrDefault(s => s.Time <= times[i])?.Survival ?? 1, @class);
            plot.Counts(name, at => times.Count(t => t >= at - 1e-9 * end), @class);
            var median = KaplanMeier.Median(steps) is { } half ? $"median {half:0.#}" : "median not reached";
            legend.Add((@class, $"{name}: {Few.Count(group.Length, "patient", "patients")}, {Few.Count(events.Count(e => e), "event", "events")}, {median}"));
        }
        var (_, p, ratio) = KaplanMeier.LogRank(scores.Times, scores.Events, high);
        return new Chart(model.Name, plot.ToString(), legend,
            $"Patients above and up to the median risk{(scores.High is null ? "" : " " + border)}: hazard ratio {Words.Number(ratio)}, log-rank p {Words.P(double.IsNaN(p) ? null : p)}; C-index {Words.Number(Concordance.Of(RunEvaluation.Risks(model.Cases)).Index)}. "
            + "Bands are 95% intervals, ticks are censored patients; below the axis, how many are still at risk.");
    }
}
