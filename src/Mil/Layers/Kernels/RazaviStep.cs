using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// One iteration of az on its way to the identity: x ← ¼·(13x − 15x² + 7x³ − x⁴), for symmetric x. As everything stays symmetric, only the symmetric half of a gradient matters, and
/// backward takes three products of matrices instead of the four that libtorch would need.
/// </summary>
internal sealed class RazaviStep : autograd.SingleTensorFunction<RazaviStep>
{
    public override string Name => nameof(RazaviStep);

    /// <param name="x">[H, l, l], symmetric.</param>
    /// <returns>[H, l, l], symmetric.</returns>
    public static Tensor Apply(Tensor x)
    {
        if (x.dim() != 3 || x.shape[1] != x.shape[2])
            throw new ArgumentException($"Square matrices are wanted, these are [{string.Join(", ", x.shape)}].", nameof(x));
        return is_grad_enabled() && x.requires_grad ? apply(x) : Compute(x);
    }

    static Tensor Compute(Tensor x)
    {
        using var scope = NewDisposeScope();
        var square = empty_like(x);
        Product.Into(square, x, x, add: false, symmetric: true);
        var rest = x.Times(7).sub_(square);                                         // 7x − x²
        var sum = square.Times(-15 / 4.0).PlusInPlace(x, 13 / 4.0);
        Product.Into(sum, square, rest, add: true, 0.25f, symmetric: true);         // ¼·(13x − 15x² + x²·(7x − x²))
        return sum.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        new Kept((Tensor)vars[0]).In(ctx);
        return Compute((Tensor)vars[0]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var x = kept[0];
        // Not symmetric itself what is returned: the step before takes its symmetric half, and so does the product with which it all began.
        var g = Symmetric.Half(grad_output);
        var gx = Product.Of(g, x);
        var ofCube = Product.Of(x, gx.transpose(-1, -2));                               // x²g, the gradient of 7x − x², four times
        var ofSquare = Symmetric.Half(gx.TimesInPlace(7).PlusInPlace(ofCube, -2)).PlusInPlace(g, -15);   // of x², four times
        var result = ofCube.TimesInPlace(7 / 4.0).PlusInPlace(g, 13 / 4.0);
        Product.Into(result, ofSquare, x, add: true, 0.5f);
        grad_output.Dispose();
        return Kept.HandOver(result.MoveToOuterDisposeScope())!;
    }
}
