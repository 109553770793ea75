using Mhim.Mil.Layers;
using Mhim.Mil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Recycling;

/// <summary>
/// The recycle network (MHIM v2): a random part of the unmasked instances is not kept but melted into k tokens by attention with k
/// global tokens as queries. The global tokens get no gradient: they follow the outputs by momentum.
/// </summary>
internal sealed class RecycleNetwork : nn.Module
{
    // The reference drops a tenth of the attention weights and outputs here whenever it trains with dropout at all.
    const double AttentionDropout = 0.1;

    const string TokensKey = "global_q_mm";

    readonly RecyclingOptions _options;
    readonly LayerNorm _norm;
    readonly CrossAttention _attn;
    readonly double _dropout;

    public RecycleNetwork(int dim, RecyclingOptions options, double modelDropout) : base(nameof(RecycleNetwork))
    {
        _options = options;
        _dropout = modelDropout > 0 ? AttentionDropout : 0;
        _norm = nn.LayerNorm(dim);
        _attn = new CrossAttention(dim);
        register_parameter(TokensKey, new Parameter(zeros(1, options.Tokens, dim), requires_grad: false));
        register_module("norm", _norm);
        register_module("attn", _attn);
    }

    /// <summary>[1, k, M], the queries; they are parameters, so that the teacher's momentum moves the teacher's copy too.</summary>
    // Looked up, because moving a module to a device or a precision replaces its parameters.
    public Parameter GlobalTokens => get_parameter(TokensKey)!;

    /// <summary>How many of L unmasked instances are kept: ⌊L·ratio⌋, the first of the shuffled order.</summary>
    public long Kept(long count) => (long)(count * _options.KeepRatio);

    /// <summary>Puts L unmasked instances in the random order of which the first are kept and the rest recycled.</summary>
    /// <param name="kept">[L] indices, ascending.</param>
    /// <param name="draws">Source of the noise, indexed as <paramref name="kept"/> is.</param>
    public static Tensor Shuffle(Tensor kept, IDrawSource draws)
    {
        var order = draws.Uniform(Draw.RecycleOrder, kept.shape[0]).argsort(0).to(kept.device);
        return kept.index_select(0, order);
    }

    /// <summary>Keeps the first instances and turns the rest into k tokens.</summary>
    /// <param name="h">[L, M] instances in the shuffled order.</param>
    /// <param name="draws">Where dropout comes from.</param>
    /// <returns>[⌊L·ratio⌋ + k, M]; the same instances when the bag is too small to spare any.</returns>
    public Tensor Recycle(Tensor h, IDrawSource draws)
    {
        var kept = Kept(h.shape[0]);
        if (kept == h.shape[0])
            return h.alias();
        var queries = _norm.forward(GlobalTokens[0].detach().clone());               // a copy: backward needs them as they are now
        // A copy, too: what backward needs of the rest would hold all instances.
        var tokens = _attn.Forward(h[TensorIndex.Slice(kept)].clone().Through(_norm), queries, draws, _dropout);
        using (no_grad())
            GlobalTokens.TimesInPlace(_options.Momentum).PlusInPlace(tokens.detach().unsqueeze(0), 1 - _options.Momentum);
        return cat([h[TensorIndex.Slice(0, kept)], tokens.Like(h)], 0);
    }
}
