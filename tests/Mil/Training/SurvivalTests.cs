using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class SurvivalTests
{
    [Fact]
    public void A_planted_risk_is_found_over_the_slides_of_a_patient()
    {
        var random = new Random(3);
        var rows = new List<CohortRow>();
        var bags = new List<FeatureBag>();
        for (var p = 0; p < 60; p++)
        {
            var risk = p % 6 / 5.0;
            var slides = new[] { $"p{p:00}-a", $"p{p:00}-b" };
            foreach (var slide in slides)
                bags.Add(new FeatureBag(slide, "planted", 8,
                    [.. Enumerable.Range(0, 80).Select(i => (float)(random.NextDouble() + (i % 8 == 0 ? 4 * risk : 0)))], [], null));
            rows.Add(new CohortRow($"p{p:00}", $"p{p:00}", slides, Time: 10 + 50 * (1 - risk) + 5 * random.NextDouble(), Event: p % 4 != 0));
        }
        var folder = Directory.CreateTempSubdirectory("mhim-survival-").FullName;
        try
        {
            var options = Planted.Options with { Model = Planted.Options.Model.AsBaseline() };
            var result = TrainingRun.Execute(Cohort.OfSurvival(rows), new MemoryBagSource(bags), options, folder);
            Assert.InRange(result.Summaries[0].Pooled, 0.65, 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
