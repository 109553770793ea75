using Mhim.Features;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Masking;

/// <summary>What a mask may look at.</summary>
/// <param name="Scores">[N], or [H, N] where the heads have yet to vote; on the CPU.</param>
/// <param name="Coords">[N] level-0 corners; empty when the bag has none.</param>
/// <param name="Progress">Share of the training that is done, 0..1.</param>
/// <param name="Draws">Random numbers.</param>
public readonly record struct MaskInput(Tensor Scores, ReadOnlyMemory<TileCoord> Coords, double Progress, IDrawSource Draws);

/// <summary>Chooses the instances that the student does not get to see; owns its rounding.</summary>
public interface IMaskingStrategy
{
    /// <summary>Indices of the masked instances, [n] int64 on the CPU, no order promised, none twice.</summary>
    Tensor Masked(MaskInput input);
}
