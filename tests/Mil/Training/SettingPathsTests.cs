using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class SettingPathsTests
{
    static readonly RunOptions V2 = Presets.Of("mhim-v2");

    [Fact]
    public void Any_setting_of_the_method_is_set_by_its_path_and_nothing_else_changes()
    {
        Assert.Equal(V2 with { Model = V2.Model with { Teacher = V2.Model.Teacher with { Momentum = 0.99, Schedule = MomentumSchedule.CosineToOne } } },
            SettingPaths.Set(V2, ["model.teacher.momentum=0.99", "model.teacher.schedule=CosineToOne"]));
        Assert.Equal(V2 with { TeacherFromBaseline = false, Student = StudentStart.Scratch }, SettingPaths.Set(V2, ["teacherFromBaseline=false", "student=scratch"]));
        Assert.Equal(V2 with { Baseline = V2.Baseline with { WeightDecay = 0.01 } }, SettingPaths.Set(V2, ["baseline.weightDecay=1e-2"]));
        Assert.Equal(V2 with { Model = V2.Model with { Recycling = null } }, SettingPaths.Set(V2, ["model.recycling=null"]));
        var v1 = Presets.Of("mhim-v1");
        Assert.Equal(v1 with { Model = v1.Model with { Recycling = new RecyclingOptions { Tokens = 3 } } }, SettingPaths.Set(v1, ["model.recycling.tokens=3"]));
        Assert.Same(V2, SettingPaths.Set(V2, []));
    }

    [Theory]
    [InlineData("model.teacher.momentun=0.9", "setting-unknown", "momentum")]
    [InlineData("seed=3", "setting-unknown", "teacherFromBaseline")]
    [InlineData("model.outputs=3", "setting-unknown", "embedDim")]
    [InlineData("model.teacher.momentum.more=1", "setting-unknown", "model.teacher.momentum.more")]
    [InlineData("model.masking.schedule=linear", "setting-unreadable", "CosineToZero")]
    [InlineData("model.masking.ratioHigh=much", "setting-unreadable", "much")]
    [InlineData("model.masking.ratioHigh", "setting-unreadable", "PATH=VALUE")]
    [InlineData("model.masking.ratioHigh=1.5", "model-options", "RatioHigh")]
    [InlineData("model.masking.ratioHigh=1", "model-options", "model.masking.ratioHigh: Masking: RatioHigh, RatioLow and RatioRandom must be at most 0.95")] // as --mask-ratio
    [InlineData("model.masking.ratioRandom=1", "model-options", "model.masking.ratioRandom: ")]
    [InlineData("model.dropout=1", "model-options", "model.dropout: Dropout must be")]
    [InlineData("training.epochs=0", "setting-unreadable", "epochs")]
    [InlineData("training=null", "setting-unreadable", "training")]
    [InlineData("model=null", "setting-unreadable", "model")]
    public void What_cannot_be_set_is_said_with_the_way_out(string assignment, string code, string names)
    {
        var refused = Assert.Throws<InputException>(() => SettingPaths.Set(V2, [assignment]));
        Assert.Equal(code, refused.Code);
        Assert.Contains(names, refused.Message);
    }

    [Theory]
    [InlineData("training.epochs=5", "baseline.epochs")]
    [InlineData("student=Baseline", "mhim-v2")]
    [InlineData("model.teacher.momentum=0.9", "model.teacher.momentum")]
    [InlineData("model.recycling.tokens=3", "model.recycling.tokens")]
    public void What_a_baseline_alone_has_no_use_for_is_not_passed_over(string assignment, string names)
    {
        foreach (var (options, assignments) in ((RunOptions, string[])[])[(Presets.Of("plain"), [assignment]), (V2, [assignment, "model.masking=null"])])
        {
            var refused = Assert.Throws<InputException>(() => SettingPaths.Set(options, assignments));
            Assert.Equal("setting-without-use", refused.Code);
            Assert.Contains(names, refused.Message);
        }
        // What brings the mask in makes it a run of MHIM.
        Assert.NotNull(SettingPaths.Set(Presets.Of("plain"), ["model.masking.ratioHigh=0.05", assignment]).Model.Masking);
        Assert.Equal(7, SettingPaths.Set(Presets.Of("plain"), ["baseline.epochs=7", "model.recycling=null"]).Baseline.Epochs);
        Assert.Equal("setting-without-use", Assert.Throws<InputException>(() => SettingPaths.Set(V2 with { Search = SearchGrid.Reference }, ["model.masking=null"])).Code);
    }

    [Fact]
    public void Without_a_projection_the_width_may_be_any_until_the_features_are_known() => Assert.Equal((false, 768),
        SettingPaths.Set(V2, ["model.projection=false", "model.embedDim=768"]).Model is var model ? (model.Projection, model.EmbedDim) : default);

    [Fact]
    public void What_a_search_varies_is_not_set_beside_it_and_what_it_does_not_is()
    {
        void Refused(SearchGrid grid, string assignment) =>
            Assert.Equal("setting-without-use", Assert.Throws<InputException>(() => SettingPaths.Set(V2 with { Search = grid }, [assignment])).Code);
        Refused(SearchGrid.Reference, "model.recycling.tokens=3");
        Refused(SearchGrid.Wide, "model.consistency.weight=0.1");
        Assert.Equal(0.1, SettingPaths.Set(V2 with { Search = SearchGrid.Reference }, ["model.consistency.weight=0.1"]).Model.Consistency.Weight);
    }
}
