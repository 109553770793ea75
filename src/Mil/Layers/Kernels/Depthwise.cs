using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// A depthwise convolution of the rows of a matrix as they lie on a grid: no transposition, no copy. libtorch's own takes ten times as long for its gradients.
/// </summary>
internal sealed class Depthwise : autograd.SingleTensorFunction<Depthwise>
{
    public override string Name => nameof(Depthwise);

    /// <summary>Whether there is a kernel for such a matrix; if not, libtorch's operations have to do.</summary>
    public static bool Serves(Tensor x) => Matrix.Serves(x);

    /// <param name="x">[N, M] on the CPU, float32 or bfloat16.</param>
    /// <param name="kernel">[window.Taps, M] in float32.</param>
    /// <param name="bias">[M] in float32.</param>
    /// <param name="grid">Where the rows lie.</param>
    /// <param name="window">Shape of the kernel.</param>
    /// <returns>[N, M] in the precision of x.</returns>
    public static Tensor Apply(Tensor x, Tensor kernel, Tensor bias, Grid grid, Window window)
    {
        var dim = x.shape[^1];
        if (!Serves(x) || x.dim() != 2 || !grid.IsValid || x.shape[0] != grid.Count || window.Height % 2 == 0 || window.Width % 2 == 0 || window.Taps < 1
            || !kernel.shape.SequenceEqual([window.Taps, dim]) || !bias.shape.SequenceEqual([dim]) || kernel.dtype != ScalarType.Float32 || bias.dtype != ScalarType.Float32)
            throw new ArgumentException($"[{string.Join(", ", x.shape)}] of {x.dtype} on {grid} does not go with a kernel [{string.Join(", ", kernel.shape)}] of {window}.", nameof(x));
        (x, kernel, bias) = (x.contiguous(), kernel.contiguous(), bias.contiguous().unsqueeze(0));
        return is_grad_enabled() && (x.requires_grad || kernel.requires_grad || bias.requires_grad) ? apply(x, kernel, bias, grid, window) : Compute(x, kernel, bias, grid, window);
    }

    static Tensor Compute(Tensor x, Tensor kernel, Tensor bias, Grid grid, Window window)
    {
        var result = empty_like(x);
        DepthwiseWork.Forward(new(x), new(kernel), new Matrix(bias), new(result), x.shape[1], grid, window);
        return result;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, kernel, bias) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        new Kept(x, kernel).In(ctx);
        ctx.save_data(nameof(Grid), vars[3]);
        ctx.save_data(nameof(Window), vars[4]);
        return Compute(x, kernel, bias, (Grid)vars[3], (Window)vars[4]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var kept = Kept.Of(ctx);
        var (x, kernel) = (kept[0], kept[1]);
        using var gradient = grad_output.to(x.dtype).contiguous();
        var (ofX, ofKernel, ofBias) = (empty_like(x), empty_like(kernel), empty_like(kernel.narrow(0, 0, 1)));
        DepthwiseWork.Backward(new(x), new(kernel), new(gradient), new(ofX), new(ofKernel), new(ofBias), x.shape[1], (Grid)ctx.get_data(nameof(Grid)), (Window)ctx.get_data(nameof(Window)));
        grad_output.Dispose();
        return Kept.HandOver(ofX.MoveToOuterDisposeScope(), ofKernel.MoveToOuterDisposeScope(), ofBias.MoveToOuterDisposeScope(), null, null)!;
    }
}
