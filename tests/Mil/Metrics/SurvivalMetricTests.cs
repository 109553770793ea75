using CsCheck;
using Mhim.Mil.Metrics;

namespace Mhim.Mil.Tests.Metrics;

/// <summary>What is said of times and risks.</summary>
public sealed class SurvivalMetricTests
{
    const double Close = 1e-9;

    [Fact]
    public void Concordance_equals_counting_pair_by_pair() =>
        Gen.Select(Gen.Int[0, 9], Gen.Bool, Gen.Int[0, 6]).Array[1, 30].Sample(cases =>
        {
            double[] times = [.. cases.Select(c => (double)c.Item1)], risks = [.. cases.Select(c => c.Item3 * 4e-9)];
            bool[] events = [.. cases.Select(c => c.Item2)];
            long right = 0, wrong = 0, tied = 0;
            for (var i = 0; i < times.Length; i++)
                for (var j = 0; j < times.Length; j++)
                    if (events[i] && (times[i] < times[j] || times[i] == times[j] && !events[j]))
                        _ = Math.Abs(risks[i] - risks[j]) <= 1e-8 ? tied++ : risks[i] > risks[j] ? right++ : wrong++;
            return Concordance.Of(new RiskScores(times, events, risks)) == new Concordance(right, wrong, tied);
        }, iter: 500);

    [Fact]
    public void Kaplan_meier_steps_at_events_and_counts_the_censored_as_at_risk()
    {
        var steps = KaplanMeier.Estimate([1, 2, 2, 3, 4], [true, true, false, false, true]);
        Assert.Equal([1.0, 2, 4], steps.Select(step => step.Time));
        Assert.Equal([5, 4, 1], steps.Select(step => step.AtRisk));
        Assert.Equal(0.8, steps[0].Survival, Close);
        Assert.Equal(0.6, steps[1].Survival, Close);
        Assert.Equal(0, steps[2].Survival, Close);
        Assert.Equal(4, KaplanMeier.Median(steps));
        Assert.All(steps, step => Assert.True(step.Low <= step.Survival && step.Survival <= step.High));
    }

    [Fact]
    public void Where_all_have_their_event_at_once_log_rank_says_nothing()
    {
        var (chi, p, _) = KaplanMeier.LogRank([.. Enumerable.Repeat(5.0, 22)], [.. Enumerable.Repeat(true, 22)], [.. Enumerable.Range(0, 22).Select(i => i < 15)]);
        Assert.True(double.IsNaN(chi) && double.IsNaN(p));
    }

    [Fact]
    public void Slides_of_a_patient_are_not_taken_for_patients_by_log_rank()
    {
        var random = new Random(3);
        double[] times = [.. Enumerable.Range(0, 36).Select(_ => 1 + 9 * random.NextDouble())], risks = [.. Enumerable.Range(0, 36).Select(_ => random.NextDouble())];
        bool[] events = [.. Enumerable.Range(0, 36).Select(i => i % 3 != 0)];
        int[] six = [.. Enumerable.Range(0, 216).Select(i => i / 6)];
        var people = MetricTable.Of(new RiskScores(times, events, risks), [.. Enumerable.Range(0, 36).Select(i => $"p{i}")], resamples: 50);
        var slides = MetricTable.Of(new RiskScores(times, events, risks).Pick(six), [.. six.Select(i => $"p{i}")], resamples: 50);
        Assert.Equal(people.Select(metric => (metric.Name, metric.Value)).Skip(1), slides.Select(metric => (metric.Name, metric.Value)).Skip(1));
        Assert.Equal((people[1].Low, people[1].High), (slides[1].Low, slides[1].High));
    }

    [Fact]
    public void A_patients_risk_is_the_mean_of_its_rows_and_its_group_that_of_most()
    {
        var people = new RiskScores([5, 5, 5, 2, 2], [true, true, true, false, false], [0.1, 0.2, 0.9, 0.4, 0.8], [true, false, false, true, false]).PerPatient(["a", "a", "a", "b", "b"]);
        Assert.Equal([5, 2], people.Times);
        Assert.Equal([0.4, 0.6], people.Risks.Select(risk => Math.Round(risk, 12)));
        Assert.Equal([false, true], people.HighRisk());
    }

    [Fact]
    public void The_hazard_ratio_says_which_group_fares_worse()
    {
        // Expected in the first: 2/4 + 1/3; observed 2 of 4.
        var (_, _, ratio) = KaplanMeier.LogRank([1, 2, 3, 4], [true, true, true, true], [true, true, false, false]);
        Assert.Equal(2 / (5 / 6.0) / (2 / (4 - 5 / 6.0)), ratio, Close);
        Assert.Equal(1 / ratio, KaplanMeier.LogRank([1, 2, 3, 4], [true, true, true, true], [false, false, true, true]).HazardRatio, Close);
    }

    [Fact]
    public void The_median_is_where_half_have_had_their_event_whatever_the_rounding()
    {
        for (var n = 2; n <= 400; n += 2)
        {
            double[] times = [.. Enumerable.Range(1, n).Select(i => (double)i)];
            Assert.Equal(n / 2, KaplanMeier.Median(KaplanMeier.Estimate(times, [.. times.Select(_ => true)])));
        }
    }
}
