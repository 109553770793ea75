using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>
/// What a step does to every weight. In float32 on the CPU each number is read and written once, where operations on whole vectors go through memory some twenty times; what comes out
/// depends neither on the number of threads nor on the processor's vectors.
/// </summary>
internal static unsafe class WeightsStep
{
    const int Lanes = Matrix.Lanes, Piece = 4096 * Lanes;

    /// <summary>The numbers of one step of Adam.</summary>
    /// <param name="Decay">Share of the weights that is added to the gradient.</param>
    /// <param name="Beta1">What stays of the gradient's mean.</param>
    /// <param name="Beta2">What stays of its square's.</param>
    /// <param name="Root">Factor of the root of the latter.</param>
    /// <param name="Epsilon">Added to that.</param>
    /// <param name="Rate">Factor of what the weights move by, below zero.</param>
    public readonly record struct AdamFactors(double Decay, double Beta1, double Beta2, double Root, double Epsilon, double Rate);

    /// <summary>Adam's step: the means follow the gradient, the weights go against it.</summary>
    /// <param name="gradient">[T], left as it is.</param>
    /// <param name="weights">[T]</param>
    /// <param name="first">[T] running mean of the gradient.</param>
    /// <param name="second">[T] running mean of its square.</param>
    /// <param name="factors">Numbers of this step.</param>
    /// <exception cref="ArgumentException">Not all vectors of one length and precision.</exception>
    public static void Adam(Tensor gradient, Tensor weights, Tensor first, Tensor second, AdamFactors factors)
    {
        Check(weights, gradient, first, second);
        using var scope = NewDisposeScope();
        if (Serves(weights))
        {
            float* g = Floats(gradient), w = Floats(weights), m = Floats(first), v = Floats(second);
            Share(weights.numel(), (at, count) => Adam(g + at, w + at, m + at, v + at, count, factors));
            return;
        }
        if (factors.Decay != 0)
            gradient = gradient.clone().PlusInPlace(weights, factors.Decay);
        first.TimesInPlace(factors.Beta1).PlusInPlace(gradient, 1 - factors.Beta1);
        second.TimesInPlace(factors.Beta2).PlusProductInPlace(gradient, gradient, 1 - factors.Beta2);
        weights.PlusQuotientInPlace(first, second.sqrt().TimesInPlace(factors.Root).PlusInPlace(factors.Epsilon), factors.Rate);
    }

    /// <summary>teacher ← momentum·teacher + (1 − momentum)·student</summary>
    /// <param name="teacher">[P]</param>
    /// <param name="student">[P]</param>
    /// <param name="momentum">0..1</param>
    /// <exception cref="ArgumentException">Not vectors of one length and precision.</exception>
    public static void Follow(Tensor teacher, Tensor student, double momentum)
    {
        Check(teacher, student);
        using var scope = NewDisposeScope();
        if (Serves(teacher))
        {
            float* t = Floats(teacher), s = Floats(student);
            Share(teacher.numel(), (at, count) => Follow(t + at, s + at, count, (float)momentum, (float)(1 - momentum)));
        }
        else
            teacher.TimesInPlace(momentum).PlusInPlace(student, 1 - momentum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Adam(float* g, float* w, float* m, float* v, long count, AdamFactors factors)
    {
        var (decay, beta1, beta2) = ((float)factors.Decay, (float)factors.Beta1, (float)factors.Beta2);
        var (new1, new2) = ((float)(1 - factors.Beta1), (float)(1 - factors.Beta2));
        var (root, epsilon, rate) = ((float)factors.Root, (float)factors.Epsilon, (float)factors.Rate);
        var whole = count / Lanes * Lanes;
        for (long at = 0; at < whole; at += Lanes)
        {
            var weight = Vector512.Load(w + at);
            var gradient = Vector512.FusedMultiplyAdd(weight, Vector512.Create(decay), Vector512.Load(g + at));
            var mean = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(new1), Vector512.Load(m + at) * beta1);
            var square = Vector512.FusedMultiplyAdd(new2 * gradient, gradient, Vector512.Load(v + at) * beta2);
            mean.Store(m + at);
            square.Store(v + at);
            (weight + rate * mean / (Vector512.Sqrt(square) * root + Vector512.Create(epsilon))).Store(w + at);
        }
        for (var at = whole; at < count; at++)
        {
            var gradient = MathF.FusedMultiplyAdd(w[at], decay, g[at]);
            m[at] = MathF.FusedMultiplyAdd(gradient, new1, m[at] * beta1);
            v[at] = MathF.FusedMultiplyAdd(new2 * gradient, gradient, v[at] * beta2);
            w[at] += rate * m[at] / (MathF.Sqrt(v[at]) * root + epsilon);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Follow(float* teacher, float* student, long count, float kept, float followed)
    {
        var whole = count / Lanes * Lanes;
        for (long at = 0; at < whole; at += Lanes)
            Vector512.FusedMultiplyAdd(Vector512.Load(student + at), Vector512.Create(followed), Vector512.Load(teacher + at) * kept).Store(teacher + at);
        for (var at = whole; at < count; at++)
            teacher[at] = MathF.FusedMultiplyAdd(student[at], followed, teacher[at] * kept);
    }

    static bool Serves(Tensor t) => t.dtype == ScalarType.Float32 && Matrix.Serves(t);

    static float* Floats(Tensor t) => new Matrix(t.unsqueeze(0)).Floats(0);

    static void Check(Tensor vector, params ReadOnlySpan<Tensor> others)
    {
        foreach (var other in others)
            if (vector.dim() != 1 || !other.shape.SequenceEqual(vector.shape) || other.dtype != vector.dtype)
                throw new ArgumentException(
                    $"Vectors of one length and precision are wanted, these are [{string.Join(", ", vector.shape)}] of {vector.dtype} and [{string.Join(", ", other.shape)}] of {other.dtype}.", nameof(others));
    }

    /// <summary>Stretches of whole vectors, but for the last.</summary>
    static void Share(long count, Action<long, long> work) =>
        Scratch.Share(checked((int)((count + Piece - 1) / Piece)), 1, (piece, _) => work((long)piece * Piece, Math.Min(Piece, count - (long)piece * Piece)));
}
