using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Inference;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Inference;

public sealed class InstanceMaskTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    RunResult Run(RunOptions options)
    {
        var (cohort, bags) = Planted.Cohort(16, 30);
        return TrainingRun.Execute(cohort, bags, options, _dir);
    }

    static FeatureBag Bag(int tiles) => Planted.Bag("new", new Random(1), tiles, positive: true, 4);

    [Theory]
    [InlineData(BackboneKind.AbMil, 0)]
    [InlineData(BackboneKind.DsMil, 0)]
    [InlineData(BackboneKind.TransMil, 0.2)]
    public void The_teacher_of_the_best_epoch_says_which_instances_are_easy(BackboneKind kind, double low)
    {
        var run = Run(Planted.Options with
        {
            Model = Planted.Options.Model with
            {
                Backbone = new BackboneOptions { Kind = kind }, Masking = new MaskingOptions { RatioHigh = 0.1, RatioHighRandom = 0.5, RatioLow = low },
                Teacher = new TeacherOptions { Scores = InstanceScoreKind.Attention, Momentum = 0.9 },
            },
            Baseline = Planted.Options.Baseline with { Epochs = 3 }, Training = Planted.Options.Training with { Epochs = 4 },
        });
        var folder = Path.Combine(_dir, run.BestModel);
        using var predictor = Predictor.Load(folder, "cpu");
        var bag = Bag(33);
        var mask = predictor.Predict(bag).Mask!;
        Assert.True(mask.ByTeacher);
        Assert.Equal(4, mask.Easy.Count); // ⌈33·0.1⌉
        // ⌈33·0.2⌉ with the lowest scores are in neither; where heads vote, one may be among the highest of some and the lowest of others.
        Assert.InRange(mask.Hard.Count, low > 0 ? 33 - 4 - 7 : 33 - 4, low > 0 ? 33 - 7 : 33 - 4);
        Assert.Empty(mask.Easy.Intersect(mask.Hard));
        Assert.Equal(mask.Easy.Order(), mask.Easy);

        if (kind != BackboneKind.AbMil)
            return;
        using var scope = NewDisposeScope();
        var (student, teacher, scaler, _) = ModelFolder.LoadWithTeacher(folder, CPU);
        Assert.False(student.Weights.All.allclose(teacher!.Weights.All));
        var x = tensor(bag.Features, [33, Planted.Dim]);
        scaler!.Apply(x);
        var best = teacher.Read(x, instances: true).Attention![0].topk(4).indexes.data<long>().Select(i => (int)i).Order();
        Assert.Equal(best, mask.Easy);
    }

    [Fact]
    public void Without_a_teacher_the_model_itself_says_and_a_plain_one_says_nothing()
    {
        var run = Run(Planted.Options with { Baseline = Planted.Options.Baseline with { Epochs = 1 }, Training = Planted.Options.Training with { Epochs = 1 } });
        using (var plain = Predictor.Load(Path.Combine(_dir, run.Stages[0].ModelDir), "cpu"))
            Assert.Null(plain.Predict(Bag(20)).Mask);
        var folder = Path.Combine(_dir, run.Stages[1].ModelDir);
        var (student, _, scaler, card) = ModelFolder.LoadWithTeacher(folder, CPU);
        ModelFolder.Save(folder, student, scaler, card);
        using var alone = Predictor.Load(folder, "cpu");
        Assert.False(alone.Predict(Bag(20)).Mask!.ByTeacher);
        var one = alone.Predict(Bag(1)).Mask!;
        Assert.Equal((0, 1), (one.Easy.Count, one.Hard.Count)); // a mask that would leave nothing is not applied
        student.Dispose();
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }
}
