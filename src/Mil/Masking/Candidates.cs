using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>Instances that a mask may take.</summary>
internal static class Candidates
{
    /// <summary>
    /// The <paramref name="count"/> instances with the largest or smallest scores, best first. Where there are several heads each head votes
    /// for its own and the instances with most votes are taken. Scores are [N] or [H, N].
    /// </summary>
    public static Tensor Of(Tensor scores, int count, bool largest)
    {
        if (scores.dim() == 1)
            return scores.topk(count, 0, largest).indexes;
        var chosen = scores.topk(count, 1, largest, sorted: false).indexes;                  // [H, count]
        var votes = zeros_like(scores).scatter_(1, chosen, ones_like(chosen, scores.dtype)).sum(dim: 0);        // [N]
        return votes.topk(count, 0, largest: true, sorted: false).indexes;
    }

    /// <summary>A random ⌈share⌉ of the candidates.</summary>
    public static Tensor Some(Tensor candidates, double share, IDrawSource draws)
    {
        var count = (long)Math.Ceiling(candidates.shape[0] * share);
        var order = draws.Uniform(Draw.MaskCandidates, candidates.shape[0]).argsort(0);
        return candidates.index_select(0, order[TensorIndex.Slice(0, count)]);
    }
}
