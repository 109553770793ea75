using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>Feature files that change between two attempts at one run.</summary>
public sealed class MendedFeaturesTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");
    readonly Cohort _cohort;
    readonly IBagSource _bags;
    readonly IReadOnlyList<Split> _splits;

    static readonly RunOptions Options = Planted.Plain(2);

    public MendedFeaturesTests()
    {
        (_cohort, _bags) = Planted.Cohort(12, 15);
        _splits = PatientFolds.Make(_cohort, Options.Folds);
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }

    void Execute(RunOptions? options = null) => TrainingRun.Execute(_cohort, _splits, _bags, options ?? Options, _dir);

    InputException Refused() => Assert.Throws<InputException>(() => Execute());

    float[] Of(IReadOnlyList<CohortRow> part) => _bags.Load(part[0].SlideIds[0]).Features;

    [Theory]
    [InlineData(3e38f, "prediction-not-finite")]
    [InlineData(float.NaN, "features-not-finite")]
    public void A_held_out_file_that_cannot_be_used_is_mended_and_what_was_trained_stays(float bad, string code)
    {
        var features = Of(_splits[0].Test);
        float[] good = [.. features];
        Array.Fill(features, bad);
        var error = Refused();
        Assert.Equal(code, error.Code);
        Assert.DoesNotContain("out of the table", error.Message);
        var model = Path.Combine(_dir, "fold-0/baseline/model.safetensors");
        var written = File.GetLastWriteTimeUtc(model);
        good.CopyTo(features, 0);
        Execute();
        Assert.Equal(written, File.GetLastWriteTimeUtc(model));
        Execute();
    }

    [Fact]
    public void A_file_that_was_learned_from_or_judged_may_not_change_and_is_named_with_its_fold()
    {
        TrainingRun.ExecuteFold(_cohort, _splits, 0, _bags, Options, _dir);
        foreach (var (part, name) in new[] { (_splits[0].Train, "training"), (_splits[0].Validation, "validation"), (_splits[0].Test, "test") })
        {
            Of(part)[0] += 1;
            var error = Refused();
            Assert.Equal("run-differs", error.Code);
            Assert.Contains($"`{part[0].SlideIds[0]}` ({name} part of fold 0)", error.Message);
            Assert.Contains("remove fold-0", error.Message);
            Of(part)[0] -= 1;
        }
        Of(_splits[0].Train)[0] += 1;
        Directory.Delete(Path.Combine(_dir, "fold-0"), recursive: true);
        Execute();
    }

    [Fact]
    public void Where_the_test_part_chooses_the_epoch_it_is_learned_from()
    {
        Array.Fill(Of(_splits[1].Test), float.NaN);     // of fold 0 a training row, so that nothing is begun
        var reference = Options with { ChooseOnTest = true };
        Assert.Throws<InputException>(() => Execute(reference));
        Array.Fill(Of(_splits[1].Test), 1);
        Execute(reference);
        File.Delete(Path.Combine(_dir, "fold-0/fold.json"));
        Of(_splits[0].Test)[0] += 1;
        Assert.Contains("test part of fold 0", Assert.Throws<InputException>(() => Execute(reference)).Message);
    }

    [Fact]
    public void A_run_of_an_earlier_version_goes_on_and_says_only_that_features_have_changed()
    {
        TrainingRun.ExecuteFold(_cohort, _splits, 0, _bags, Options, _dir);
        var file = Path.Combine(_dir, "fingerprint.json");
        var old = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        Assert.True(old.Remove("stamps"));
        File.WriteAllText(file, old.ToJsonString());
        Of(_splits[0].Test)[0] += 1;
        Assert.Contains("features that have changed since", Refused().Message);
        Of(_splits[0].Test)[0] -= 1;
        Execute();
        Assert.Equal(12, JsonNode.Parse(File.ReadAllText(file))!["stamps"]!.AsObject().Count);
    }
}
