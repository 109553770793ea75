using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

/// <summary>What MHIM begins with, and what it knows of whom: seen from the model folders of runs.</summary>
public sealed class StageStartTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    // So small a rate that what the second stage ends with is what it began with.
    static readonly RunOptions Standing = Planted.Options with
    {
        Baseline = Planted.Options.Baseline with { Epochs = 2 },
        Training = new TrainingOptions { Epochs = 1, LearningRate = 1e-30, Patience = 0 },
    };

    (Dictionary<string, float[]> Baseline, Dictionary<string, float[]> Student, Dictionary<string, float[]> Teacher) Weights(RunOptions options)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        TrainingRun.Execute(cohort, bags, options, _dir);
        var (baseline, _, _) = ModelFolder.Load(Path.Combine(_dir, "fold-0", "baseline"), CPU);
        var (student, teacher, _, _) = ModelFolder.LoadWithTeacher(Path.Combine(_dir, "fold-0", "mhim"), CPU);
        using (baseline)
        using (student)
        using (teacher)
            return (Named(baseline), Named(student), Named(teacher!));
    }

    static Dictionary<string, float[]> Named(MhimModel model) => StateDict.Of(model).Where(p => !p.Key.Contains("global_q")).ToDictionary(p => p.Key, p => p.Value.cpu().data<float>().ToArray());

    [Theory]
    [InlineData(StudentStart.Scratch)]
    [InlineData(StudentStart.Projection)]
    [InlineData(StudentStart.Baseline)]
    public void The_teacher_starts_from_the_baseline_and_the_student_with_what_it_is_given_of_it(StudentStart start)
    {
        var (baseline, student, teacher) = Weights(Standing with { Student = start });

        foreach (var (name, trained) in baseline)
        {
            var given = start == StudentStart.Baseline || (start == StudentStart.Projection && name.StartsWith("feature.", StringComparison.Ordinal));
            if (given)
                Assert.Equal(trained, student[name]);
            else if (name.EndsWith("weight", StringComparison.Ordinal)) // fresh biases are 0, which training hardly moves
                Assert.True(Distance(trained, student[name]) > 0.1, name);
            // Six steps with 0.9997 towards the student.
            Assert.True(Distance(trained, teacher[name]) < 0.01, name);
        }
    }

    [Fact]
    public void Without_that_the_teacher_starts_as_the_student_does()
    {
        var (baseline, student, teacher) = Weights(Standing with { Student = StudentStart.Scratch, TeacherFromBaseline = false });

        Assert.All(student, p => Assert.True(Distance(p.Value, teacher[p.Key]) < 1e-6, p.Key));
        Assert.Contains(baseline, p => Distance(p.Value, teacher[p.Key]) > 0.1);
    }

    /// <summary>Length of the difference, of that of the first.</summary>
    static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum() / Math.Max(a.Sum(x => (double)x * x), 1e-12));

    [Fact]
    public void Mean_and_deviation_of_the_features_do_not_know_the_validation_part()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var rows = cohort.Rows;
        var split = new Split(0, [.. rows.Take(6)], [.. rows.Skip(6).Take(3)], [.. rows.Skip(9)]);
        var others = new MemoryBagSource([.. cohort.SlideIds.Select(bags.Load).Select((bag, i) => i is >= 6 and < 9 ? Moved(bag) : bag)]);
        var options = Standing with { Standardize = true };
        TrainingRun.Execute(cohort, [split], bags, options, Path.Combine(_dir, "once"));
        TrainingRun.Execute(cohort, [split], others, options, Path.Combine(_dir, "moved"));

        Assert.Equal(Scaler("once"), Scaler("moved"));

        float[] Scaler(string run)
        {
            using var scope = NewDisposeScope();
            var (tensors, _) = SafeTensors.Read(Path.Combine(_dir, run, "fold-0", "baseline", "model.safetensors"));
            return [.. tensors[ModelFolder.MeanKey].data<float>(), .. tensors[ModelFolder.ScaleKey].data<float>()];
        }
    }

    [Fact]
    public void A_temperature_knows_the_validation_part_and_not_the_test_part()
    {
        var (cohort, bags) = Planted.Cohort(24, 15, shift: 1.5);
        var rows = cohort.Rows;
        var split = new Split(0, [.. rows.Take(10)], [.. rows.Skip(10).Take(8)], [.. rows.Skip(18)]);
        var options = Planted.Options with { Model = Planted.Options.Model.AsBaseline(), Calibrate = true };
        double Temperature(string name, Func<int, bool> moved) => TrainingRun.Execute(cohort, [split],
            new MemoryBagSource([.. cohort.SlideIds.Select(bags.Load).Select((bag, i) => moved(i) ? Moved(bag) : bag)]), options, Path.Combine(_dir, name)).Stages[0].Temperature!.Value;

        var known = Temperature("as-it-is", _ => false);
        Assert.Equal(known, Temperature("test", i => i >= 18));
        Assert.NotEqual(known, Temperature("validation", i => i is >= 10 and < 18));
    }

    static FeatureBag Moved(FeatureBag bag) => Planted.With(bag, f => 3 * f - 5);
}
