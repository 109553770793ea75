using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mhim.Mil.Layers.Kernels;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>
/// What a step does to every weight, read and written once: as operations on whole vectors Adam and the teacher's momentum go through memory thirty times, which takes half of a step where bags are
/// small. Each number is rounded where libtorch's operations round it; roots alone are the nearest float here, where MKL's are so but for one in a thousand.
/// </summary>
internal static unsafe class WeightsStep
{
    const int Lanes = Matrix.Lanes, Piece = 4096 * Lanes;

    /// <summary>What Adam multiplies with in one step.</summary>
    /// <param name="Decay">Weights that are added to the gradient.</param>
    /// <param name="Beta1">What stays of the gradient's mean.</param>
    /// <param name="Beta2">What stays of its square's.</param>
    /// <param name="Root">Of the square's mean's root.</param>
    /// <param name="Epsilon">Added to that.</param>
    /// <param name="Rate">How far weights go, less than zero.</param>
    public readonly record struct AdamFactors(double Decay, double Beta1, double Beta2, double Root, double Epsilon, double Rate);

    /// <summary>Whether the numbers lie where they can be read and written directly.</summary>
    public static bool Serves(Tensor weights) => weights.dtype == ScalarType.Float32 && Matrix.Serves(weights);

    /// <summary>Adam's step: the means follow the gradient, the weights go against it.</summary>
    /// <param name="gradient">[T], left as it is.</param>
    /// <param name="weights">[T]</param>
    /// <param name="first">[T] running mean of the gradient.</param>
    /// <param name="second">[T] running mean of its square.</param>
    /// <param name="factors">Numbers of this step.</param>
    /// <exception cref="ArgumentException">Not all of one length, contiguous and on the CPU.</exception>
    public static void Adam(Tensor gradient, Tensor weights, Tensor first, Tensor second, AdamFactors factors)
    {
        var number = weights.numel();
        float* g = Floats(gradient, number), w = Floats(weights, number), m = Floats(first, number), v = Floats(second, number);
        Share(number, (at, count) => Adam(g + at, w + at, m + at, v + at, count, factors));
    }

    /// <summary>teacher ← momentum·teacher + (1 − momentum)·student</summary>
    /// <param name="teacher">[P]</param>
    /// <param name="student">[P]</param>
    /// <param name="momentum">0..1</param>
    public static void Follow(Tensor teacher, Tensor student, double momentum)
    {
        var number = teacher.numel();
        float* t = Floats(teacher, number), s = Floats(student, number);
        Share(number, (at, count) => Follow(t + at, s + at, count, (float)momentum, (float)(1 - momentum)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Adam(float* g, float* w, float* m, float* v, long count, AdamFactors factors)
    {
        var (decay, beta1, beta2) = (Vector512.Create((float)factors.Decay), Vector512.Create((float)factors.Beta1), Vector512.Create((float)factors.Beta2));
        var (new1, new2) = (Vector512.Create((float)(1 - factors.Beta1)), Vector512.Create((float)(1 - factors.Beta2)));
        var (root, epsilon, rate) = (Vector512.Create((float)factors.Root), Vector512.Create((float)factors.Epsilon), Vector512.Create((float)factors.Rate));
        for (long at = 0; at < count; at += Lanes)
        {
            var width = (int)Math.Min(Lanes, count - at);
            var weight = Load(w + at, width);
            var gradient = Load(g + at, width);
            if (factors.Decay != 0)
                gradient = Vector512.FusedMultiplyAdd(weight, decay, gradient);
            var mean = Vector512.FusedMultiplyAdd(gradient, new1, Load(m + at, width) * beta1);
            var square = Vector512.FusedMultiplyAdd(new2 * gradient, gradient, Load(v + at, width) * beta2);
            Store(mean, m + at, width);
            Store(square, v + at, width);
            Store(weight + rate * mean / (Vector512.Sqrt(square) * root + epsilon), w + at, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Follow(float* t, float* s, long count, float kept, float followed)
    {
        var (old, young) = (Vector512.Create(kept), Vector512.Create(followed));
        for (long at = 0; at < count; at += Lanes)
        {
            var width = (int)Math.Min(Lanes, count - at);
            Store(Vector512.FusedMultiplyAdd(Load(s + at, width), young, Load(t + at, width) * old), t + at, width);
        }
    }

    static void Share(long count, Action<long, long> work) =>
        Scratch.Share(checked((int)((count + Piece - 1) / Piece)), 1, (piece, _) => work((long)piece * Piece, Math.Min(Piece, count - (long)piece * Piece)));

    static float* Floats(Tensor t, long number)
    {
        if (t.dim() != 1 || t.numel() != number)
            throw new ArgumentException($"A vector of {number} numbers is wanted, this is [{string.Join(", ", t.shape)}].", nameof(t));
        using var row = t.unsqueeze(0);
        return new Matrix(row).Floats(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Load(float* from, int width) => width == Lanes ? Vector512.Load(from) : Partly(from, width);

    static Vector512<float> Partly(float* from, int width)
    {
        var floats = stackalloc float[Lanes];
        new Span<float>(from, width).CopyTo(new Span<float>(floats, Lanes));
        return Vector512.Load(floats);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector512<float> numbers, float* to, int width)
    {
        if (width == Lanes)
            numbers.Store(to);
        else
            Partly(numbers, to, width);
    }

    static void Partly(Vector512<float> numbers, float* to, int width)
    {
        for (var i = 0; i < width; i++)
            to[i] = numbers[i];
    }
}
