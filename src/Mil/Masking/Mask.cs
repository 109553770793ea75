using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>What a mask leaves of a bag.</summary>
internal static class Mask
{
    /// <summary>The strategy that the options ask for.</summary>
    public static IMaskingStrategy Of(MaskingOptions options)
    {
        var parts = new List<IMaskingStrategy>();
        if (options.RatioRandom > 0)
            parts.Add(new RandomMask(options.RatioRandom));
        if (options.RatioLow > 0)
            parts.Add(new LowScoreMask(options.RatioLow));
        if (options.RatioHigh > 0 || parts.Count == 0)
            parts.Add(new HighScoreMask(options.RatioHigh, options.RatioHighRandom, options.Schedule));
        return parts.Count == 1 ? parts[0] : new HybridMask(parts);
    }

    /// <summary>Indices 0..n−1 without the masked ones, ascending, [n − masked].</summary>
    /// <remarks>A mask that would leave nothing is not applied: a student needs something to look at.</remarks>
    public static Tensor Kept(long n, Tensor masked)
    {
        if (masked.shape[0] >= n)
            return ones(n, ScalarType.Bool).nonzero().squeeze(1);
        var keep = ones(n, ScalarType.Bool).scatter_(0, masked, zeros(masked.shape[0], ScalarType.Bool));
        return keep.nonzero().squeeze(1);
    }
}
