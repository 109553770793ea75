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

    /// <param name="x">[N, D]</param>
    /// <param name="draws">Where dropout comes from; null: none.</param>
    /// <returns>[N, M]</returns>
    public Tensor Forward(Tensor x, IDrawSource? draws)
    {
        var h = x.Through(_linear);
        h = _activation == ActivationKind.Relu ? nn.functional.relu(h, inplace: true) : nn.functional.gelu(h);
        return draws is null ? h : draws.Dropout(h, _dropout);
    }
}
