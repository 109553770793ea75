using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>What a random number is for.</summary>
public enum Draw
{
    /// <summary>Order of the mask's candidates.</summary>
    MaskCandidates,

    /// <summary>Order in which unmasked instances are kept or recycled.</summary>
    RecycleOrder,
}

/// <summary>Where every random number of a training step comes from, so that a step can be repeated or replayed.</summary>
public interface IDrawSource
{
    /// <summary>Uniform noise in [0, 1).</summary>
    /// <param name="draw">What for.</param>
    /// <param name="count">How many, 0 or more.</param>
    /// <returns>[count], float32, on the CPU.</returns>
    Tensor Uniform(Draw draw, long count);

    /// <summary>Drops a share <paramref name="p"/> of the numbers and scales the others by 1/(1−p).</summary>
    Tensor Dropout(Tensor x, double p);
}
