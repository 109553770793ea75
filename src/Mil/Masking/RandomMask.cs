using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>Masks a random ⌈N·ratio⌉ of all instances, whatever their scores (v1).</summary>
internal sealed class RandomMask(double ratio) : IMaskingStrategy
{
    // All instances are candidates, lowest score first: the order to which recorded draws refer.
    public Tensor Masked(MaskInput input) =>
        Candidates.Some(Candidates.Of(input.Scores, (int)input.Scores.shape[^1], largest: false), ratio, input.Draws);
}
