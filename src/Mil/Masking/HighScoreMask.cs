using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>
/// Masks instances with high scores, the easy ones: the ⌈N·ratio/share⌉ best are candidates, a random ⌈candidates·share⌉ of them are masked.
/// Where there would be more candidates than instances, all are candidates and ⌈N·ratio⌉ of them are masked.
/// </summary>
internal sealed class HighScoreMask(double ratio, double share) : IMaskingStrategy
{
    public Tensor Masked(MaskInput input)
    {
        var n = input.Scores.shape[^1];
        var (candidateRatio, maskedShare) = ratio / share > 1 ? (1.0, ratio) : (ratio / share, share);
        var candidates = Candidates(input.Scores, (int)Math.Ceiling(n * candidateRatio));   // [k], best first
        if (maskedShare >= 1)
            return candidates;
        var count = (long)Math.Ceiling(candidates.shape[0] * maskedShare);
        var order = input.Draws.Uniform(Draw.MaskCandidates, candidates.shape[0]).argsort(0);
        return candidates.index_select(0, order[TensorIndex.Slice(0, count)]);
    }

    static Tensor Candidates(Tensor scores, int count) => scores.topk(count, 0).indexes;
}
