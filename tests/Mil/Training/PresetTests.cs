using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

/// <summary>The numbers behind the names, as the papers and the reference's settings have them (MHIM v2: IJCV 2025; v1: ICCV 2023, CAMELYON16).</summary>
public sealed class PresetTests
{
    [Theory]
    [InlineData("abmil", BackboneKind.AbMil)]
    [InlineData("dsmil", BackboneKind.DsMil)]
    [InlineData("transmil", BackboneKind.TransMil)]
    public void Version_2(string backbone, BackboneKind kind)
    {
        var preset = Presets.Of("mhim-v2", backbone);
        var model = preset.Model;
        Assert.Equal((kind, 512, ActivationKind.Gelu, 0.25), (model.Backbone.Kind, model.EmbedDim, model.Activation, model.Dropout));
        Assert.Equal(new MaskingOptions { RatioHigh = 0.03, RatioHighRandom = 1, RatioLow = 0, RatioRandom = 0, Schedule = MaskSchedule.Constant }, model.Masking);
        Assert.Equal(new RecyclingOptions { KeepRatio = 0.8, Tokens = 5, Momentum = 0.9999 }, model.Recycling);
        Assert.Equal(new TeacherOptions { Momentum = 0.9997, Schedule = MomentumSchedule.Constant, Scores = InstanceScoreKind.ClassAware }, model.Teacher);
        Assert.Equal(new ConsistencyOptions { Weight = 0.5, TeacherTemperature = 0.1 }, model.Consistency);
        Assert.All([preset.Baseline, preset.Training], training => Assert.Equal((2e-4, 1e-5, true), (training.LearningRate, training.WeightDecay, training.Cosine)));
        Assert.True(preset.TeacherFromBaseline);
        Assert.Equal(StudentStart.Projection, preset.Student);
    }

    [Theory]
    [InlineData("abmil", 0.01, 0.0, 0.5, MomentumSchedule.Constant)]
    [InlineData("dsmil", 0.01, 0.0, 0.5, MomentumSchedule.Constant)]
    [InlineData("transmil", 0.03, 0.8, 0.0, MomentumSchedule.CosineToOne)]
    public void Version_1(string backbone, double high, double low, double random, MomentumSchedule momentum)
    {
        var model = Presets.Of("mhim-v1", backbone).Model;
        Assert.Equal(ActivationKind.Relu, model.Activation);
        Assert.Equal(new MaskingOptions { RatioHigh = high, RatioHighRandom = 0.5, RatioLow = low, RatioRandom = random, Schedule = MaskSchedule.CosineToZero }, model.Masking);
        Assert.Null(model.Recycling);
        Assert.Equal(new TeacherOptions { Momentum = 0.9999, Schedule = momentum, Scores = InstanceScoreKind.Attention }, model.Teacher);
        Assert.Equal(0.1, model.Consistency.Weight);
    }

    [Fact]
    public void A_plain_baseline_has_no_mask_and_the_reference_chooses_where_it_should_not()
    {
        var plain = Presets.Of("plain").Model;
        Assert.Equal((null, null, ActivationKind.Relu), (plain.Masking, plain.Recycling, plain.Activation));
        var reference = Presets.Of("reference");
        Assert.Equal((true, false, 0, 0), (reference.ChooseOnTest, reference.Standardize, reference.Baseline.Patience, reference.Training.Patience));
        Assert.Equal("preset-unknown", Assert.Throws<InputException>(() => Presets.Of("mhim-v2", "mean")).Code);
    }

    [Fact]
    public void The_grid_is_the_reference_s()
    {
        var points = SearchGrid.Reference.Over(new MhimOptions()).Select(model => (model.Masking!.RatioHigh, model.Recycling!.KeepRatio, model.Recycling.Tokens)).ToHashSet();
        Assert.Equal([.. from high in (double[])[0.01, 0.03, 0.05] from keep in (double[])[0.8, 0.9] from tokens in (int[])[1, 5, 10] select (high, keep, tokens)], points);
    }
}
