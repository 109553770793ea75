using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>
/// Masks instances with high scores, the easy ones: the ⌈N·ratio/share⌉ best are candidates, a random ⌈candidates·share⌉ of them are masked.
/// Where there would be more candidates than instances, all are candidates and ⌈N·ratio⌉ of them are masked.
/// </summary>
internal sealed class HighScoreMask(double ratio, double share, MaskSchedule schedule) : IMaskingStrategy
{
    public Tensor Masked(MaskInput input)
    {
        var now = schedule == MaskSchedule.CosineToZero ? ratio * 0.5 * (1 + Math.Cos(Math.PI * input.Progress)) : ratio;
        if (now <= 0)
            return zeros(0, ScalarType.Int64);
        var n = input.Scores.shape[^1];
        var (candidateRatio, maskedShare) = now / share > 1 ? (1.0, now) : (now / share, share);
        var candidates = Candidates.Of(input.Scores, (int)Math.Ceiling(n * candidateRatio), largest: true);
        return maskedShare >= 1 ? candidates : Candidates.Some(candidates, maskedShare, input.Draws);
    }
}
