using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class RunChangesTests
{
    static InputException Unused(string setting, string what) => new("unused", $"{setting}: {what}");

    [Fact]
    public void What_is_not_set_stays_as_the_preset_has_it()
    {
        var preset = Presets.Of("mhim-v2");
        Assert.Equal(preset, new RunChanges().Apply(preset, Unused));
    }

    [Fact]
    public void Every_setting_reaches_its_place()
    {
        var run = new RunChanges
        {
            Epochs = 3, LearningRate = 0.01, WeightDecay = 0.02, Width = 64, Dropout = 0.1, MaskRatio = 0.2, KeepRatio = 0.6, Tokens = 7, Consistency = 0.03,
        }.Apply(Presets.Of("small", "dsmil"), Unused);
        foreach (var training in (TrainingOptions[])[run.Baseline, run.Training])
            Assert.Equal((3, 0.01, 0.02), (training.Epochs, training.LearningRate, training.WeightDecay));
        Assert.Equal(MomentumSchedule.CosineToOne, new RunChanges { MomentumSchedule = MomentumSchedule.CosineToOne }.Apply(Presets.Of("small"), Unused).Model.Teacher.Schedule);
        Assert.Equal(SearchGrid.Wide, new RunChanges { Search = SearchGrid.Wide }.Apply(Presets.Of("small"), Unused).Search);
        Assert.Equal((64, 0.1, BackboneKind.DsMil), (run.Model.EmbedDim, run.Model.Dropout, run.Model.Backbone.Kind));
        Assert.Equal((0.2, 0.6, 7, 0.03), (run.Model.Masking!.RatioHigh, run.Model.Recycling!.KeepRatio, run.Model.Recycling.Tokens, run.Model.Consistency.Weight));
    }

    [Fact]
    public void A_student_has_a_start_and_a_rate_of_its_own()
    {
        var run = new RunChanges { LearningRate = 0.01, MhimLr = 0.0025, Student = StudentStart.Baseline }.Apply(Presets.Of("mhim-v2"), Unused);
        Assert.Equal((0.01, 0.0025, StudentStart.Baseline), (run.Baseline.LearningRate, run.Training.LearningRate, run.Student));
    }

    [Fact]
    public void A_setting_of_a_part_that_the_preset_does_not_have_is_named()
    {
        foreach (var (changes, said) in new[]
                 {
                     (new RunChanges { MaskRatio = 0.1 }, "MaskRatio: mask"), (new RunChanges { KeepRatio = 0.1 }, "KeepRatio: recycle network"),
                     (new RunChanges { Tokens = 1 }, "Tokens: recycle network"), (new RunChanges { Consistency = 0.1 }, "Consistency: teacher"),
                     (new RunChanges { Student = StudentStart.Scratch }, "Student: student"), (new RunChanges { MhimLr = 0.1 }, "MhimLr: student"),
                     (new RunChanges { MomentumSchedule = MomentumSchedule.Constant }, "MomentumSchedule: teacher"),
                     (new RunChanges { Search = SearchGrid.Wide }, "Search: mask"),
                 })
            Assert.Equal(said, Assert.Throws<InputException>(() => changes.Apply(Presets.Of("plain"), Unused)).Message);
    }

    [Fact]
    public void The_small_preset_takes_any_backbone_with_attention()
    {
        Assert.Equal(RunOptions.Small, Presets.Of("small"));
        Assert.Equal(BackboneKind.TransMil, Presets.Of("small", "transmil").Model.Backbone.Kind);
        Assert.Equal("preset-unknown", Assert.Throws<InputException>(() => Presets.Of("small", "mean")).Code);
    }
}
