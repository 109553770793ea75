using Mhim.Mil.Training;
using Mhim.Workers.Runs;

namespace Mhim.Workers.Tests.Runs;

public sealed class RunSettingsTests
{
    [Fact]
    public void What_a_request_says_reaches_training_and_survives_being_kept()
    {
        var settings = RunSettings.Parse(new RunSettings { Search = "wide", Restarts = 2, Student = "scratch", MhimLr = 1e-4, SurvivalAlpha = 0.15 }.ToJson());
        var options = settings.Options();
        Assert.Equal((2, StudentStart.Scratch, 1e-4, 0.15), (options.Restarts, options.Student, options.Training.LearningRate, options.SurvivalAlpha));
        Assert.Same(SearchGrid.Wide, options.Search);
        Assert.NotEqual(1e-4, options.Baseline.LearningRate);
    }

    [Fact]
    public void What_is_left_out_is_as_the_preset_has_it()
    {
        var (options, preset) = (RunSettings.Parse("{}").Options(), Presets.Of("mhim-v2"));
        Assert.Null(options.Search);
        Assert.Equal((0, preset.Student, preset.Training.LearningRate, 0.0), (options.Restarts, options.Student, options.Training.LearningRate, options.SurvivalAlpha));
    }
}
