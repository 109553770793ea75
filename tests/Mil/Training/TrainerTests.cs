using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

/// <summary>The training loop: when it stops, which epoch it keeps, and that each step has the rate and the masks of its place.</summary>
public sealed class TrainerTests
{
    static readonly MhimOptions Plain = (Planted.Options.Model with { InputDim = Planted.Dim, Outputs = 2 }).AsBaseline();

    static (BagStore Store, List<CohortRow> Train, List<CohortRow> Validation) Bags(double shift)
    {
        var (cohort, bags) = Planted.Cohort(16, 20, shift);
        return (new BagStore(bags, CPU, 1 << 30), [.. cohort.Rows.Take(8)], [.. cohort.Rows.Skip(8)]);
    }

    static Trained Fit(MhimModel model, TrainingOptions options, double shift, out double score, out double loss)
    {
        var (store, train, validation) = Bags(shift);
        using var _ = store;
        var task = new Classification(2);
        var trained = new Trainer(model, null, task, options, 5).Fit(store, train, validation, null, null, 0, default);
        var (answers, mean) = Trainer.Evaluate(model, task, store, validation);
        (score, loss) = (task.Score(validation, answers), mean);
        return trained;
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 12)]
    public void Training_ends_when_validation_has_not_become_better_for_so_many_epochs(int patience, int least)
    {
        using var model = new MhimModel(Plain, 1);
        var trained = Fit(model, new TrainingOptions { Epochs = 60, LearningRate = 1e-2, Patience = patience, MinEpochs = least }, shift: 0, out _, out _);

        Assert.InRange(trained.Epochs.Count, 1, 59); // or the test says nothing
        Assert.Equal(Math.Max(least, trained.BestEpoch + 1 + patience), trained.Epochs.Count);
    }

    [Fact]
    public void The_weights_that_are_kept_are_those_of_the_best_epoch()
    {
        using var model = new MhimModel(Plain, 1);
        var trained = Fit(model, new TrainingOptions { Epochs = 20, LearningRate = 1e-2, Patience = 0 }, shift: 0, out var score, out var loss);

        var best = trained.Epochs.Index().OrderByDescending(epoch => epoch.Item.Score).ThenBy(epoch => epoch.Item.ValidationLoss).First();
        Assert.Equal(best.Index, trained.BestEpoch);
        Assert.InRange(best.Index, 1, 18); // neither the first nor the last: another epoch's weights would answer otherwise
        Assert.Equal(best.Item.Score, score);
        Assert.Equal(best.Item.ValidationLoss, loss, 6);
        Assert.Equal(best.Item.Score, trained.Score);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_step_has_the_rate_and_the_progress_of_its_place(bool cosine)
    {
        var options = Planted.Options.Model with
        {
            InputDim = Planted.Dim, Outputs = 2, Dropout = 0,
            Masking = new MaskingOptions { RatioHigh = 0.4, Schedule = MaskSchedule.CosineToZero },
            Teacher = new TeacherOptions { Momentum = 0.5, Schedule = MomentumSchedule.CosineToOne },
        };
        var training = new TrainingOptions { Epochs = 5, LearningRate = 3e-3, Cosine = cosine, Patience = 0 };
        var (store, train, _) = Bags(shift: 4);
        using var _1 = store;
        train = train[..1]; // the order of the bags is no matter then
        var task = new Classification(2);

        using var student = new MhimModel(options, 1);
        using var teacher = new MomentumTeacher(new MhimModel(options, 1));
        // Without validation the last epoch is kept.
        new Trainer(student, teacher, task, training, 9).Fit(store, train, [], null, null, 0, default);

        using var expected = new MhimModel(options, 1);
        using var follower = new MomentumTeacher(new MhimModel(options, 1));
        using var optimiser = new Adam(expected.Weights, training.WeightDecay);
        using var draws = new SeededDraws(9, CPU);
        var step = new TrainingStep(expected, follower, task, optimiser);
        var kept = new List<long>();
        for (var i = 0; i < training.Epochs; i++)
        {
            using var scope = NewDisposeScope();
            var bag = store.Get(train[0]);
            draws.BeginStep(i);
            var rate = cosine ? training.LearningRate * (1 + Math.Cos(Math.PI * i / training.Epochs)) / 2 : training.LearningRate;
            kept.Add(step.Run(bag.X, bag.Coords, task.TargetOf(train[0]), rate, i / (double)training.Epochs, draws).Instances);
        }
        Assert.True(kept[0] < kept[^1], string.Join(", ", kept)); // the mask becomes smaller
        Assert.Equal(expected.Weights.All.data<float>().ToArray(), student.Weights.All.data<float>().ToArray());
        Assert.Equal(follower.Model.Weights.All.data<float>().ToArray(), teacher.Model.Weights.All.data<float>().ToArray());
    }
}
