using Mhim.Mil.Tests.Layers;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Training;

public sealed class WeightsStepTests
{
    /// <summary>Gradients of every size, zeros among them, and as many weights as fill no vector.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(200_003)]
    public void Adams_step_has_the_bits_of_operations_on_whole_vectors(int count)
    {
        using var scope = NewDisposeScope();
        using var normal = Denormals.Flush();
        var (w, m, v) = (randn(count) * 0.05, zeros(count), zeros(count));
        Tensor[] plain = [w.clone(), m.clone(), v.clone()];
        for (var step = 1; step <= 20; step++)
        {
            var gradient = randn(count) * pow(10, randint(-9, 3, count)) * (rand(count) > 0.1);
            var factors = new WeightsStep.AdamFactors(step % 2 == 0 ? 1e-5 : 0, 0.9, 0.999, 1 / Math.Sqrt(1 - Math.Pow(0.999, step)), 1e-8, -2e-4 / (1 - Math.Pow(0.9, step)));
            WeightsStep.Adam(gradient, w, m, v, factors);
            Plainly(gradient.clone(), plain[0], plain[1], plain[2], factors);
            Close.Exactly(plain[1], m);
            Close.Exactly(plain[2], v);
            Close.Exactly(plain[0], w);
        }
    }

    [Fact]
    public void The_teachers_momentum_has_the_bits_of_operations_on_whole_vectors()
    {
        using var scope = NewDisposeScope();
        var (teacher, student) = (randn(100_001), randn(100_001));
        var plain = teacher.clone();
        foreach (var momentum in (double[])[0.9997, 0.99, 0, 1])
        {
            WeightsStep.Follow(teacher, student, momentum);
            plain.TimesInPlace(momentum).PlusInPlace(student, 1 - momentum);
            Close.Exactly(plain, teacher);
        }
    }

    [Fact]
    public void Vectors_of_another_length_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => WeightsStep.Follow(zeros(10), zeros(9), 0.5));
        Assert.Throws<ArgumentException>(() => WeightsStep.Adam(zeros(10), zeros(10), zeros(9), zeros(10), new WeightsStep.AdamFactors(0, 0.9, 0.999, 1, 1e-8, -1)));
    }

    static void Plainly(Tensor g, Tensor w, Tensor m, Tensor v, WeightsStep.AdamFactors factors)
    {
        if (factors.Decay != 0)
            g.PlusInPlace(w, factors.Decay);
        m.TimesInPlace(factors.Beta1).PlusInPlace(g, 1 - factors.Beta1);
        v.TimesInPlace(factors.Beta2).PlusProductInPlace(g, g, 1 - factors.Beta2);
        // MKL's root is not always the nearest float.
        w.PlusQuotientInPlace(m, v.to(ScalarType.Float64).sqrt().to(ScalarType.Float32).TimesInPlace(factors.Root).PlusInPlace(factors.Epsilon), factors.Rate);
    }
}
