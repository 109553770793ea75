using Mhim.Mil.Layers.Kernels;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// Six iterations of Razavi et al. 2014 towards the Moore–Penrose inverse, z ← ¼·z·(13 − az·(15 − az·(7 − az))), all heads started alike, where only its product with something
/// thinner is wanted. az is a polynomial of itself one iteration earlier, so it goes its way alone with two products an iteration instead of four, and the factors are multiplied with
/// what is thin. The same in exact arithmetic; rounded otherwise.
/// </summary>
/// <param name="Start">[H, l, l] the z begun with.</param>
/// <param name="Products">[H, l, l] each: az before each iteration; symmetric, because z begins as a multiple of aᵀ. For rows only, the last is left out.</param>
internal sealed record PseudoInverse(Tensor Start, Tensor[] Products)
{
    const int Iterations = 6;

    /// <param name="a">[H, l, l]</param>
    /// <param name="rowsOnly">Whether only <see cref="After"/> is wanted, of single rows: for them the last product need not be made.</param>
    public static PseudoInverse Of(Tensor a, bool rowsOnly = false)
    {
        var start = Begin(a);
        var products = new Tensor[rowsOnly ? Iterations - 1 : Iterations];
        products[0] = Product.Of(a, start);
        for (var i = 1; i < products.Length; i++)
            products[i] = RazaviStep.Apply(products[i - 1]);
        return new PseudoInverse(start, products);
    }

    /// <summary>Inverse times matrix: [H, l, d] → [H, l, d].</summary>
    public Tensor Times(Tensor right)
    {
        if (Products.Length != Iterations)
            throw new InvalidOperationException("This one is for rows only.");
        foreach (var x in Products.Reverse())
            right = InverseFactor.Apply(x, right);
        return Product.Of(Start, right);
    }

    /// <summary>Row times inverse: [H, 1, l] → [H, 1, l].</summary>
    public Tensor After(Tensor left)
    {
        var column = left.matmul(Start).transpose(-1, -2);              // all that follows is symmetric
        foreach (var x in Products)
            column = InverseFactor.Apply(x, column);
        if (Products.Length == Iterations)
            return column.transpose(-1, -2);
        // The last az is the one before it times its factor.
        Tensor Last(Tensor some) => Products[^1].matmul(InverseFactor.Apply(Products[^1], some));
        return (column.Times(13) - Last(column.Times(15) - Last(column.Times(7) - Last(column)))).Times(0.25).transpose(-1, -2);
    }

    /// <summary>The whole inverse in the reference's order of operations: [H, l, l].</summary>
    public static Tensor InOrder(Tensor a)
    {
        using var scope = NewDisposeScope();
        var identity = eye(a.shape[^1], device: a.device, dtype: a.dtype);
        var z = Begin(a);
        for (var i = 0; i < Iterations; i++)
        {
            var az = a.matmul(z);
            z = z.Times(0.25).matmul(Near(13, az.matmul(Near(15, az.matmul(Near(7, az))))));
        }
        return z.MoveToOuterDisposeScope();

        Tensor Near(double number, Tensor t) => identity.Times(number) - t;
    }

    static Tensor Begin(Tensor a) => a.transpose(-1, -2) / (a.abs().sum(-1).max() * a.abs().sum(-2).max());
}
