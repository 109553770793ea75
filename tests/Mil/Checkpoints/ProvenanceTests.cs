using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Checkpoints;

/// <summary>A model's card tells the runs apart that it can have come from.</summary>
public sealed class ProvenanceTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    [Fact]
    public void Options_cohort_and_features_each_have_a_hash_that_changes_with_them_alone()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var quick = Planted.Options with { Model = Planted.Options.Model.AsBaseline(), Baseline = Planted.Options.Baseline with { Epochs = 1 } };
        var known = Card("known", cohort, bags, quick);

        Assert.Equal(known, Card("again", cohort, bags, quick));
        Changed("options", Card("options", cohort, bags, quick with { Seed = 9 }));
        Changed("cohort", Card("cohort", Cohort.OfClasses(["normal", "other"], cohort.Rows), bags, quick));
        Changed("features", Card("features", cohort, new MemoryBagSource([.. cohort.SlideIds.Select(bags.Load).Select(bag => Planted.With(bag, f => f + 1))]), quick));

        void Changed(string what, IReadOnlyDictionary<string, string> card)
        {
            Assert.Equal([what], ((string[])["options", "cohort", "features"]).Where(key => known[key] != card[key]));
        }
    }

    IReadOnlyDictionary<string, string> Card(string name, Cohort cohort, IBagSource bags, RunOptions options)
    {
        TrainingRun.Execute(cohort, bags, options, Path.Combine(_dir, name));
        return ModelFolder.ReadCard(Path.Combine(_dir, name, "fold-0", "baseline")).Provenance;
    }
}
