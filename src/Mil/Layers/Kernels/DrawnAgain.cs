using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>Dropout of a large tensor that keeps no mask: the same counter gives backward the same mask.</summary>
internal sealed class DrawnAgain : autograd.SingleTensorFunction<DrawnAgain>
{
    public override string Name => nameof(DrawnAgain);

    /// <param name="x">Any shape, on the CPU, with gradient.</param>
    /// <param name="counter">Where its draws begin.</param>
    /// <param name="p">Share that is dropped.</param>
    public static Tensor Apply(Tensor x, ulong counter, double p) => apply(x, counter, p);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(nameof(DropoutMask), (vars[1], vars[2]));
        return Masked((Tensor)vars[0], vars[1], vars[2]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (counter, p) = ((object, object))ctx.get_data(nameof(DropoutMask));
        var gradient = Masked(grad_output, counter, p);
        grad_output.Dispose();
        return Kept.HandOver(gradient, null, null)!;
    }

    static Tensor Masked(Tensor x, object counter, object p)
    {
        using var mask = DropoutMask.Of(x, (ulong)counter, (double)p);
        return x * mask;
    }
}
