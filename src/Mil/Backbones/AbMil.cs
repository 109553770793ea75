using Mhim.Mil.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Backbones;

/// <summary>Attention-based MIL (Ilse et al. 2018): z = Σ aᵢhᵢ with a = softmax over the bag, then one linear predictor.</summary>
internal sealed class AbMil : nn.Module, IMilBackbone
{
    readonly nn.Module<Tensor, Tensor> _attention;

    public AbMil(int embedDim, bool gated) : base(nameof(AbMil))
    {
        _attention = gated ? new GatedAttention(embedDim) : new InstanceAttention(embedDim);
        register_module("attention", _attention);
    }

    public bool UsesPredictor => true;

    public BagOutput Read(Tensor h, Linear predictor, bool instances, Training.IDrawSource? draws)
    {
        var a = _attention.forward(h).softmax(0);       // [N, 1]
        var z = a.T.Like(h).matmul(h).Wide();           // [1, M]
        var logits = predictor.forward(z);              // [1, C]
        if (!instances)
            return new BagOutput(logits, z);
        // W(aᵢhᵢ) = aᵢ(Whᵢ): the product with the wide matrix first, the scaling on C columns.
        var evidence = h.matmul(predictor.weight!.T.Like(h)).Wide().mul_(a); // [N, C]
        return new BagOutput(logits, z, a.T, evidence);
    }

    // The reference adds the first class's bias to every class; a softmax does not see it.
    public Tensor Scores(BagOutput bag, InstanceScoreKind kind) => kind switch
    {
        InstanceScoreKind.ClassAware => bag.Evidence!.softmax(1).amax(1),
        _ => bag.Attention![0],
    };

    // As the teacher scores, but with the attention relative to the most attended instance: at 1/N nothing could be seen.
    public Tensor ScaledEvidence(BagOutput bag) => bag.Evidence! / bag.Attention![0].max();
}
