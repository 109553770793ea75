using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// One factor of the pseudo-inverse times a thin matrix: ¼·(13 − x·(15 − x·(7 − x)))·r for symmetric x. The gradient of x, three outer products, is one product of matrices here.
/// </summary>
internal sealed class InverseFactor : autograd.SingleTensorFunction<InverseFactor>
{
    public override string Name => nameof(InverseFactor);

    /// <param name="x">[H, l, l], symmetric.</param>
    /// <param name="r">[H, l, d]</param>
    /// <returns>[H, l, d]</returns>
    public static Tensor Apply(Tensor x, Tensor r)
    {
        if (x.dim() != 3 || r.dim() != 3 || x.shape[1] != x.shape[2] || r.shape[0] != x.shape[0] || r.shape[1] != x.shape[1])
            throw new ArgumentException($"[{string.Join(", ", x.shape)}] and [{string.Join(", ", r.shape)}] do not go together.", nameof(r));
        return is_grad_enabled() && (x.requires_grad || r.requires_grad) ? apply(x, r) : Compute(x, r)[^1];
    }

    static Tensor[] Compute(Tensor x, Tensor r)
    {
        if (ThinFactor.Serves(x, r))
            return ThinFactor.Compute(x, r);
        var first = Sum(x, r, r, 7, -1);
        var second = Sum(x, first, r, 15, -1);
        return [first, second, Sum(x, second, r, 13 / 4f, -1 / 4f)];
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (x, r) = ((Tensor)vars[0], (Tensor)vars[1]);
        var made = Compute(x, r);
        new Kept(x, r, made[0], made[1]).In(ctx);
        return made[2].MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (x, r, first, second) = (kept[0], kept[1], kept[2], kept[3]);
        var (ofX, ofR) = ThinFactor.Serves(x, r) ? ThinFactor.Backward(x, r, first, second, grad_output) : Backward(x, r, first, second, grad_output);
        grad_output.Dispose();
        return Kept.HandOver(ofX.MoveToOuterDisposeScope(), ofR.MoveToOuterDisposeScope())!;
    }

    static (Tensor OfX, Tensor OfR) Backward(Tensor x, Tensor r, Tensor first, Tensor second, Tensor gradient)
    {
        var g = gradient.Times(0.25);
        var ofSecond = Product.Of(x, g);                    // less its sign, as in the next
        var ofFirst = Product.Of(x, ofSecond);
        var ofR = Sum(x, ofFirst, ofFirst, 7, -1).PlusInPlace(g, 13).PlusInPlace(ofSecond, -15);
        return (Product.Of(cat([g, ofSecond.neg(), ofFirst], -1), cat([second, first, r], -1).transpose(-1, -2)).neg_(), ofR);
    }

    /// <summary>share·c + factor·a·b.</summary>
    static Tensor Sum(Tensor a, Tensor b, Tensor c, float share, float factor)
    {
        var result = c.Times(share);
        Product.Into(result, a, b, add: true, factor);
        return result;
    }
}
