using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

public sealed class TrainingStepTests
{
    public static TheoryData<BackboneKind> Backbones() => new(Enum.GetValues<BackboneKind>());

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Live_tensors_do_not_grow_from_step_to_step(BackboneKind kind)
    {
        var options = Options(kind);
        using var student = new MhimModel(options, 1);
        using var teacher = new MomentumTeacher(new MhimModel(options, 2));
        using var optimiser = new Adam(student.Weights, 1e-5);
        using var draws = new SeededDraws(1, CPU);
        using var x = rand(40, 6).DetachFromDisposeScope();
        var step = new TrainingStep(student, teacher, new Classification(2), optimiser);
        long before = 0;
        for (var i = 0; i < 30; i++)
        {
            if (i == 10)
                before = Live();
            using var scope = NewDisposeScope();
            draws.BeginStep(i);
            step.Run(x, default, new Target(i % 2), 1e-3, 0, draws);
        }
        Assert.Equal(before, Live());
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Bags_of_one_to_a_few_instances_can_be_learned_from(BackboneKind kind)
    {
        var options = Options(kind);
        using var student = new MhimModel(options, 1);
        using var teacher = new MomentumTeacher(new MhimModel(options, 2));
        using var optimiser = new Adam(student.Weights, 1e-5);
        using var draws = new SeededDraws(1, CPU);
        var step = new TrainingStep(student, teacher, new Classification(2), optimiser);
        foreach (var n in (int[])[1, 2, 3, 5, 50])
        {
            using var scope = NewDisposeScope();
            var trace = step.Run(rand(n, 6), default, new Target(1), 1e-3, 0, draws);
            Assert.True(float.IsFinite(trace.Loss.item<float>()));
        }
        Assert.True(student.Weights.All.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void In_mixed_precision_a_training_goes_the_same_way(BackboneKind kind)
    {
        double[] exact = Losses(kind, ComputePrecision.Float32), mixed = Losses(kind, ComputePrecision.BFloat16);
        Assert.NotEqual(exact, mixed);
        Assert.All(exact.Zip(mixed), pair => Assert.Equal(pair.First, pair.Second, 0.02 * Math.Abs(pair.First)));
    }

    static double[] Losses(BackboneKind kind, ComputePrecision precision)
    {
        // No mask: rounded scores may choose another instance, and then nothing can be compared.
        var options = Options(kind) with { EmbedDim = 32, Masking = new MaskingOptions { RatioHigh = 0 }, Dropout = 0 };
        using var student = new MhimModel(options, 1);
        using var teacher = new MomentumTeacher(new MhimModel(options, 2));
        using var optimiser = new Adam(student.Weights, 1e-5);
        using var draws = new SeededDraws(1, CPU);
        using var x = randn(200, 6, generator: new Generator(3, CPU));
        var step = new TrainingStep(student, teacher, new Classification(2), optimiser, precision);
        var losses = new double[10];
        for (var i = 0; i < losses.Length; i++)
        {
            using var scope = NewDisposeScope();
            draws.BeginStep(i);
            losses[i] = step.Run(x, default, new Target(1), 2e-4, 0, draws).Loss.item<float>();
        }
        return losses;
    }

    [Fact]
    public void A_bag_of_another_shape_is_refused_before_it_reaches_native_code()
    {
        using var model = new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 8 });
        foreach (var shape in (long[][])[[5, 7], [0, 6], [6], [1, 5, 6]])
        {
            using var x = zeros(shape);
            Assert.Contains(string.Join(", ", shape), Assert.Throws<ArgumentException>(() => model.Read(x)).Message);
        }
        using var wide = zeros(5, 6, ScalarType.Float64);
        Assert.Throws<ArgumentException>(() => model.Read(wide));
    }

    [Fact]
    public void Options_out_of_range_are_named() =>
        Assert.Contains("RatioHigh", Assert.Throws<ArgumentException>(() =>
            new MhimModel(new MhimOptions { Masking = new MaskingOptions { RatioHigh = 1.5 } })).Message);

    [Fact]
    public void The_teacher_sees_with_live_dropout_and_the_inference_without()
    {
        using var scope = NewDisposeScope();
        using var teacher = new MomentumTeacher(new MhimModel(new MhimOptions { InputDim = 6, EmbedDim = 32, Dropout = 0.5 }));
        using var draws = new SeededDraws(1, CPU);
        var x = rand(40, 6);
        draws.BeginStep(0);
        var first = teacher.Teach(x, draws).Embedding;
        draws.BeginStep(1);
        Assert.False(allclose(first, teacher.Teach(x, draws).Embedding));
        draws.BeginStep(0);
        Assert.True(first.equal(teacher.Teach(x, draws).Embedding).all().item<bool>());
        Assert.True(teacher.Model.Read(x).Logits.equal(teacher.Model.Read(x).Logits).all().item<bool>());
    }

    // Of this thread: other tests run beside this one.
    static long Live()
    {
        var s = TorchSharp.DisposeScopeManager.Statistics;
        return s.CreatedInScopeCount + s.CreatedOutsideScopeCount - s.DisposedInScopeCount - s.DisposedOutsideScopeCount;
    }

    static MhimOptions Options(BackboneKind kind) => new()
    {
        InputDim = 6, EmbedDim = 16, Backbone = new BackboneOptions { Kind = kind },
        Masking = new MaskingOptions { RatioHigh = 0.1, RatioHighRandom = 0.5 }, Recycling = new RecyclingOptions { Tokens = 2 },
    };

    [Fact]
    public void The_teachers_momentum_can_rise_to_one_along_a_cosine()
    {
        var options = Options(BackboneKind.AbMil) with { Teacher = new TeacherOptions { Momentum = 0.9, Schedule = MomentumSchedule.CosineToOne } };
        using var student = new MhimModel(options, 1);
        foreach (var (progress, momentum) in new[] { (0.0, 0.9), (0.5, 0.95), (1.0, 1.0) })
        {
            using var scope = NewDisposeScope();
            using var teacher = new MomentumTeacher(new MhimModel(options, 2));
            using var _ = no_grad();
            var wanted = teacher.Model.Weights.All * momentum + student.Weights.All * (1 - momentum);
            teacher.Follow(student, progress);
            Assert.True(teacher.Model.Weights.All.allclose(wanted, rtol: 1e-5, atol: 1e-7));
        }
    }
}
