using Mhim.Mil.Tests.Layers;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

public sealed class WeightsStepTests
{
    /// <summary>Gradients of every size, zeros among them, and as many weights as fill no vector.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(37, 1)]
    [InlineData(200_003, 1)]
    [InlineData(200_003, 2)]
    public void Adams_step_is_one_number_after_the_other(int count, int threads) => Close.WithThreads(threads, () =>
    {
        using var scope = NewDisposeScope();
        using var draws = new Generator(3, CPU);
        var (w, m, v) = (Normal(draws, count) * 0.05, zeros(count), zeros(count));
        float[][] wanted = [Numbers(w), Numbers(m), Numbers(v)];
        for (var step = 1; step <= 20; step++)
        {
            var gradient = Gradient(draws, count);
            var before = Numbers(gradient);
            WeightsStep.Adam(gradient, w, m, v, Factors(step));
            for (var i = 0; i < count; i++)
                Alone(before[i], ref wanted[0][i], ref wanted[1][i], ref wanted[2][i], Factors(step));
            Assert.Equal(wanted[0], Numbers(w));
            Assert.Equal(wanted[1], Numbers(m));
            Assert.Equal(wanted[2], Numbers(v));
            Assert.Equal(before, Numbers(gradient));
        }
        return true;
    });

    /// <summary>In float64 the operations on whole vectors: what they come to is what the other way is near.</summary>
    [Fact]
    public void Adams_step_is_the_same_by_operations_on_whole_vectors()
    {
        using var scope = NewDisposeScope();
        using var draws = new Generator(4, CPU);
        Tensor[] single = [Normal(draws, 5_000) * 0.05, zeros(5_000), zeros(5_000)], exact = [.. single.Select(t => t.to(ScalarType.Float64))];
        for (var step = 1; step <= 20; step++)
        {
            var gradient = Gradient(draws, 5_000);
            WeightsStep.Adam(gradient, single[0], single[1], single[2], Factors(step));
            WeightsStep.Adam(gradient.to(ScalarType.Float64), exact[0], exact[1], exact[2], Factors(step));
        }
        foreach (var (a, b) in exact.Zip(single))
            Close.To(a, b, 1e-6);
    }

    [Fact]
    public void A_teacher_follows_by_its_momentum()
    {
        using var scope = NewDisposeScope();
        using var draws = new Generator(5, CPU);
        var (teacher, student) = (Normal(draws, 100_001), Normal(draws, 100_001));
        foreach (var momentum in (double[])[0.9997, 0.99, 0, 1])
        {
            var wanted = Numbers(teacher).Zip(Numbers(student), (t, s) => MathF.FusedMultiplyAdd(s, (float)(1 - momentum), t * (float)momentum));
            var exact = teacher.to(ScalarType.Float64);
            WeightsStep.Follow(exact, student.to(ScalarType.Float64), momentum);
            WeightsStep.Follow(teacher, student, momentum);
            Assert.Equal(wanted, Numbers(teacher));
            Close.To(exact, teacher, 1e-6);
        }
    }

    [Fact]
    public void Vectors_that_do_not_go_together_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => WeightsStep.Follow(zeros(10), zeros(9), 0.5));
        Assert.Throws<ArgumentException>(() => WeightsStep.Follow(zeros(10), zeros(10, ScalarType.Float64), 0.5));
        Assert.Throws<ArgumentException>(() => WeightsStep.Follow(zeros(2, 5), zeros(2, 5), 0.5));
        Assert.Throws<ArgumentException>(() => WeightsStep.Adam(zeros(10), zeros(10), zeros(9), zeros(10), Factors(1)));
    }

    // Weight decay every other step.
    static WeightsStep.AdamFactors Factors(int step) =>
        new(step % 2 == 0 ? 1e-2 : 0, 0.9, 0.999, 1 / Math.Sqrt(1 - Math.Pow(0.999, step)), 1e-8, -2e-4 / (1 - Math.Pow(0.9, step)));

    static void Alone(float g, ref float w, ref float m, ref float v, WeightsStep.AdamFactors f)
    {
        g = MathF.FusedMultiplyAdd(w, (float)f.Decay, g);
        m = MathF.FusedMultiplyAdd(g, (float)(1 - f.Beta1), m * (float)f.Beta1);
        v = MathF.FusedMultiplyAdd((float)(1 - f.Beta2) * g, g, v * (float)f.Beta2);
        w += (float)f.Rate * m / (MathF.Sqrt(v) * (float)f.Root + (float)f.Epsilon);
    }

    static Tensor Gradient(Generator draws, int count) => Normal(draws, count) * pow(10, randint(-6, 3, count, generator: draws)) * (rand(count, generator: draws) > 0.1);

    static Tensor Normal(Generator draws, int count) => randn(count, generator: draws);

    static float[] Numbers(Tensor t) => t.data<float>().ToArray();
}
