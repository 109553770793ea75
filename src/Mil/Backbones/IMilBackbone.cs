using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Backbones;

/// <summary>What a backbone reads out of a bag of N instances.</summary>
/// <param name="Logits">[1, C].</param>
/// <param name="Embedding">[1, M]; [C, M] where every class has an embedding of its own (DSMIL).</param>
/// <param name="Attention">[H, N] after the softmax, one row per head; null unless the instances were asked for.</param>
/// <param name="Evidence">[N, C] what each instance says for each class, before any softmax; null unless the instances were asked for.</param>
/// <param name="LaterAttention">[H, N] of a second layer, where there is one (TransMIL).</param>
public sealed record BagOutput(
    Tensor Logits, Tensor Embedding, Tensor? Attention = null, Tensor? Evidence = null, Tensor? LaterAttention = null)
{
    /// <summary>[C] what the evidence of every instance has in common, whatever the instance; null where that is nothing.</summary>
    public Tensor? Common { get; init; }
}

/// <summary>A network from projected instances to bag embedding and logits. Any attention MIL can join.</summary>
public interface IMilBackbone
{
    /// <summary>Reads a bag.</summary>
    /// <param name="h">[N, M] projected instances, N ≥ 1; the backbone may dispose of them as soon as it has read them.</param>
    /// <param name="predictor">M → C; not used by backbones with classifiers of their own.</param>
    /// <param name="instances">Whether attention and evidence are wanted too.</param>
    /// <param name="draws">Where dropout comes from; null: none (inference).</param>
    BagOutput Read(Tensor h, Linear predictor, bool instances, Training.IDrawSource? draws);

    /// <summary>Whether logits come from the shared predictor; if not, it is kept for the sake of the key names but never trained.</summary>
    bool UsesPredictor { get; }

    /// <summary>Scores by which the teacher ranks instances.</summary>
    /// <returns>[N], or [H, N] where the heads have yet to vote.</returns>
    Tensor Scores(BagOutput bag, InstanceScoreKind kind);

    /// <summary>What each instance says for each class or time bin, on a scale on which people can tell instances apart: [N, C]; 0 says nothing.</summary>
    Tensor ScaledEvidence(BagOutput bag);
}
