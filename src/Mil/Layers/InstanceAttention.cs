using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>Attention scores before the softmax: Linear(M→128), GELU, Linear(128→1), no biases. Keys <c>attention.0</c>, <c>attention.2</c>.</summary>
internal sealed class InstanceAttention : nn.Module<Tensor, Tensor>
{
    const int Width = 128;

    readonly nn.Module<Tensor, Tensor> _attention;

    public InstanceAttention(int embedDim) : base(nameof(InstanceAttention))
    {
        _attention = nn.Sequential(
            nn.Linear(embedDim, Width, hasBias: false),
            nn.GELU(),
            nn.Linear(Width, 1, hasBias: false));
        register_module("attention", _attention);
    }

    /// <param name="h">[N, M]</param>
    /// <returns>[N, 1]</returns>
    public override Tensor forward(Tensor h) => _attention.forward(h);
}
