using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>Masks whatever one of its parts masks; each part sees the whole bag.</summary>
internal sealed class HybridMask(IReadOnlyList<IMaskingStrategy> parts) : IMaskingStrategy
{
    public Tensor Masked(MaskInput input)
    {
        // In order: the parts draw from one source.
        var masked = new List<Tensor>();
        foreach (var part in parts)
            masked.Add(part.Masked(input));
        return cat(masked, 0).unique().output;
    }
}
