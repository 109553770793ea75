using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>Masks the ⌈N·ratio⌉ instances with the lowest scores, which say nothing (v1).</summary>
internal sealed class LowScoreMask(double ratio) : IMaskingStrategy
{
    public Tensor Masked(MaskInput input) =>
        Candidates.Of(input.Scores, (int)Math.Ceiling(input.Scores.shape[^1] * ratio), largest: false);
}
