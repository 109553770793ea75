using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// TransMIL's position encoding: the instances, in their order, are laid out as a square of side ⌈√N⌉ (filled up with the first ones; bags
/// smaller than 7×7 with zeros after that) and depthwise convolutions of 7, 5 and 3 are added. Keys <c>proj</c>, <c>proj1</c>, <c>proj2</c>.
/// </summary>
internal sealed class Ppeg : nn.Module
{
    const int Least = 7;

    readonly Conv2d[] _convolutions;

    public Ppeg(int dim) : base(nameof(Ppeg))
    {
        _convolutions = [.. new[] { 7, 5, 3 }.Select(width => nn.Conv2d(dim, dim, width, padding: width / 2, groups: dim))];
        register_module("proj", _convolutions[0]);
        register_module("proj1", _convolutions[1]);
        register_module("proj2", _convolutions[2]);
    }

    /// <summary>The three convolutions and the instances themselves as one convolution of 7: [M, 1, 7, 7] and [M].</summary>
    internal (Tensor Kernel, Tensor Bias) Joined()
    {
        var kernel = _convolutions[0].weight!;
        using var identity = zeros(Least, Least, device: kernel.device, dtype: kernel.dtype);
        identity[Least / 2, Least / 2].FillInPlace(1);
        var sum = kernel.Plus(identity);
        var bias = _convolutions[0].bias!.alias();
        foreach (var smaller in _convolutions.AsSpan(1))
        {
            var border = (Least - smaller.weight!.shape[^1]) / 2;
            sum = sum.Plus(nn.functional.pad(smaller.weight!, [border, border, border, border]));
            bias = bias.Plus(smaller.bias!);
        }
        return (sum, bias);
    }

    /// <param name="x">[N, M]</param>
    /// <returns>[N, M]</returns>
    public Tensor Forward(Tensor x)
    {
        var (kernel, bias) = Joined();
        if (!Depthwise.Serves(x))
            return Plainly(x, kernel, bias);
        var taps = kernel.view(-1, Least * Least).T;                                             // [49, M]
        return Depthwise.Apply(x, taps, bias, Grid.Square(x.shape[0], Least), new Window(Least, Least));
    }

    /// <summary>In libtorch's operations, for devices and precisions without a kernel of our own.</summary>
    internal static Tensor Plainly(Tensor x, Tensor kernel, Tensor bias)
    {
        var (n, dim) = (x.shape[0], x.shape[1]);
        var side = (long)Math.Ceiling(Math.Sqrt(n));
        var parts = new List<Tensor> { x };
        if (side * side > n)
            parts.Add(x.narrow(0, 0, side * side - n));
        if (side < Least)
        {
            parts.Add(zeros(Least * Least - side * side, dim, device: x.device, dtype: x.dtype));
            side = Least;
        }
        var square = (parts.Count == 1 ? x : cat(parts, 0)).T.reshape(1, dim, side, side);       // [1, M, s, s]
        var sum = nn.functional.conv2d(square, kernel.Like(x), bias.Like(x), padding: [Least / 2, Least / 2], groups: dim);
        return sum.view(dim, -1).T.narrow(0, 0, n);
    }
}
