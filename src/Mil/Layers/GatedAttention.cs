using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Layers;

/// <summary>
/// Gated attention scores before the softmax (Ilse 2018): w·(GELU(Vh) ⊙ σ(Uh)), no biases. Keys <c>attention_a.0</c>, <c>attention_b.0</c>,
/// <c>attention_c</c>.
/// </summary>
internal sealed class GatedAttention : nn.Module<Tensor, Tensor>
{
    const int Width = 128;

    readonly Linear _what, _gate, _score;

    public GatedAttention(int embedDim) : base(nameof(GatedAttention))
    {
        _what = nn.Linear(embedDim, Width, hasBias: false);
        _gate = nn.Linear(embedDim, Width, hasBias: false);
        _score = nn.Linear(Width, 1, hasBias: false);
        register_module("attention_a", nn.Sequential(("0", _what)));
        register_module("attention_b", nn.Sequential(("0", _gate)));
        register_module("attention_c", _score);
    }

    /// <param name="h">[N, M]</param>
    /// <returns>[N, 1], float32 at least</returns>
    public override Tensor forward(Tensor h) => (nn.functional.gelu(h.Through(_what)) * h.Through(_gate).sigmoid()).Wide().Through(_score);
}
