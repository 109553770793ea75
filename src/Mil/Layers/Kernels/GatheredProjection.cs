using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// The projection of some rows of a long bag, of which nothing is kept: backward gathers and projects them again, stretch by stretch. Of 50,000 instances of 1024 features that
/// spares 300 MB, for a product more.
/// </summary>
internal sealed class GatheredProjection : autograd.SingleTensorFunction<GatheredProjection>
{
    const long Rows = 4096;

    public override string Name => nameof(GatheredProjection);

    /// <param name="x">[N, D]; no gradient goes there.</param>
    /// <param name="rows">[L] int64, which of them in which order.</param>
    /// <param name="weight">[M, D]</param>
    /// <param name="bias">[M]</param>
    /// <param name="activation">After the product.</param>
    /// <returns>[L, M] in the precision of x.</returns>
    public static Tensor Apply(Tensor x, Tensor rows, Tensor weight, Tensor bias, ActivationKind activation)
    {
        if (x.dim() != 2 || x.requires_grad || rows.dim() != 1 || rows.dtype != ScalarType.Int64 || weight.dim() != 2 || weight.shape[1] != x.shape[1] || !bias.shape.SequenceEqual([weight.shape[0]]))
            throw new ArgumentException($"Rows [{string.Join(", ", rows.shape)}] of [{string.Join(", ", x.shape)}] do not go through [{string.Join(", ", weight.shape)}] and [{string.Join(", ", bias.shape)}].", nameof(x));
        return is_grad_enabled() && (weight.requires_grad || bias.requires_grad) ? apply(weight, bias, new Kept(x, rows, weight, bias), activation) : Compute(x, rows, weight, bias, activation);
    }

    static Tensor Compute(Tensor x, Tensor rows, Tensor weight, Tensor bias, ActivationKind activation)
    {
        using var scope = NewDisposeScope();
        var result = empty(rows.shape[0], weight.shape[0], dtype: x.dtype, device: x.device);
        foreach (var (from, count) in Stretches(rows))
        {
            using var stretch = NewDisposeScope();
            result.narrow(0, from, count).copy_(Projection.Activate(Before(x.index_select(0, rows.narrow(0, from, count)), weight, bias), activation));
        }
        return result.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        // What gets no gradient is out of sight of libtorch, which otherwise wants one.
        var kept = (Kept)vars[2];
        kept.In(ctx);
        ctx.save_data(nameof(ActivationKind), vars[3]);
        return Compute(kept[0], kept[1], kept[2], kept[3], (ActivationKind)vars[3]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (x, rows, weight, bias) = (kept[0], kept[1], kept[2], kept[3]);
        var activation = (ActivationKind)ctx.get_data(nameof(ActivationKind));
        var (ofWeight, ofBias) = (zeros_like(weight), zeros_like(bias));
        foreach (var (from, count) in Stretches(rows))
        {
            using var stretch = NewDisposeScope();
            var some = x.index_select(0, rows.narrow(0, from, count));                              // [l, D]
            var slope = Slope(Before(some, weight, bias).to(weight.dtype), activation);             // [l, M]
            var g = slope.mul_(grad_output.narrow(0, from, count));
            ofBias.PlusInPlace(g.sum(dim: 0));
            Product.Into(ofWeight, g.Like(some).T, some, add: true);
        }
        grad_output.Dispose();
        return Kept.HandOver(ofWeight.MoveToOuterDisposeScope(), ofBias.MoveToOuterDisposeScope(), null, null)!;
    }

    static Tensor Before(Tensor some, Tensor weight, Tensor bias) => Product.Linear(some, weight.Like(some), bias.Like(some));

    /// <summary>Of ReLU 0 or 1; of GELU Φ(h) + h·φ(h).</summary>
    static Tensor Slope(Tensor h, ActivationKind activation)
    {
        if (activation == ActivationKind.Relu)
            return h.gt(zeros(1, h.dtype, h.device)).to(h.dtype);
        var density = h.mul(h).Times(-0.5).exp_().TimesInPlace(1 / Math.Sqrt(2 * Math.PI));
        return h.Times(Math.Sqrt(0.5)).erf_().TimesInPlace(0.5).PlusInPlace(0.5).PlusProductInPlace(h, density, 1);
    }

    static IEnumerable<(long From, long Count)> Stretches(Tensor rows)
    {
        for (long from = 0; from < rows.shape[0]; from += Rows)
            yield return (from, Math.Min(Rows, rows.shape[0] - from));
    }
}
