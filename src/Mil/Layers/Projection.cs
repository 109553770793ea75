using Mhim.Mil.Layers.Kernels;
using Mhim.Mil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>Features to projected instances: Linear(D→M), ReLU or GELU, dropout. Key <c>0</c>.</summary>
internal sealed class Projection : nn.Module
{
    readonly Linear _linear;
    readonly ActivationKind _activation;
    readonly double _dropout;

    public Projection(int inputDim, int embedDim, ActivationKind activation, double dropout) : base(nameof(Projection))
    {
        _linear = nn.Linear(inputDim, embedDim);
        _activation = activation;
        _dropout = dropout;
        register_module("0", _linear);
    }

    /// <summary>More rows than this are projected a second time on the way back instead of being kept (<see cref="GatheredProjection"/>).</summary>
    internal long MostKept { get; set; } = 32_768;

    /// <param name="x">[N, D]</param>
    /// <param name="rows">[L] which of them in which order; null: all.</param>
    /// <param name="draws">Where dropout comes from; null: none.</param>
    /// <returns>[L, M]</returns>
    public Tensor Forward(Tensor x, Tensor? rows, IDrawSource? draws)
    {
        using var scope = NewDisposeScope();        // autograd keeps what it needs; without gradients nothing is kept
        Tensor h;
        if (rows is not null && rows.shape[0] > MostKept)
            h = GatheredProjection.Apply(x, rows, _linear.weight!, _linear.bias!, _activation);
        else
            h = Activate((rows is null ? x : x.index_select(0, rows)).Through(_linear), _activation);
        return (draws is null ? h : draws.Dropout(h, _dropout)).MoveToOuterDisposeScope();
    }

    /// <summary>In place where the function allows it.</summary>
    internal static Tensor Activate(Tensor h, ActivationKind activation) => activation == ActivationKind.Relu ? nn.functional.relu(h, inplace: true) : nn.functional.gelu(h);
}
