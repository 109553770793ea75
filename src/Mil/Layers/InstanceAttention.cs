using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>Attention scores before the softmax: Linear(M→128), GELU, Linear(128→1), no biases. Keys <c>attention.0</c>, <c>attention.2</c>.</summary>
internal sealed class InstanceAttention : nn.Module<Tensor, Tensor>
{
    const int Width = 128;

    readonly Linear _hidden, _score;

    public InstanceAttention(int embedDim) : base(nameof(InstanceAttention))
    {
        _hidden = nn.Linear(embedDim, Width, hasBias: false);
        _score = nn.Linear(Width, 1, hasBias: false);
        register_module("attention", nn.Sequential(("0", _hidden), ("2", _score)));
    }

    /// <param name="h">[N, M]</param>
    /// <returns>[N, 1], float32 at least</returns>
    public override Tensor forward(Tensor h) => nn.functional.gelu(h.Through(_hidden)).Wide().Through(_score);
}
