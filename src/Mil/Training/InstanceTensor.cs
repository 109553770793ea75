using Mhim.Features;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>From features to a tensor.</summary>
internal static class InstanceTensor
{
    const float LargestHalf = 65504;

    /// <summary>The instances of a bag of several slides, one slide's after the other's, for training and for whoever asks the model later: [N, D].</summary>
    /// <param name="slides">In the bag's order; those without instances add none.</param>
    /// <param name="dim">D.</param>
    /// <exception cref="InputException"><c>features-not-finite</c>.</exception>
    public static Tensor Of(IEnumerable<FeatureBag> slides, int dim)
    {
        var parts = slides.Where(slide => slide.Count > 0).Select(Of).ToList();
        return parts.Count switch
        {
            0 => zeros(0, dim),
            1 => parts[0],
            _ => cat(parts, 0),
        };
    }

    /// <summary>Rounded to float16, of the same shape; for training on such features and for whoever asks the model later.</summary>
    /// <param name="x">[N, D].</param>
    /// <param name="whose">The bag, for messages.</param>
    /// <exception cref="InputException"><c>features-beyond-half</c>.</exception>
    public static Tensor Half(Tensor x, string whose)
    {
        if (x.numel() > 0 && x.abs().max().item<float>() > LargestHalf)
            throw new InputException("features-beyond-half", $"The features of {whose} hold numbers above {LargestHalf}, which float16 cannot. Train without --half-features.");
        return x.to(ScalarType.Float16);
    }

    /// <summary>
    /// The numbers of a slide in libtorch's own memory: [N, D]. TorchSharp's <c>tensor</c> keeps them in an array of .NET's, which lies where it happens to; rows that are no multiple of what
    /// a processor multiplies at a time are then summed in another order from run to run.
    /// </summary>
    /// <param name="bag">N ≥ 1 instances.</param>
    /// <exception cref="InputException"><c>features-not-finite</c>.</exception>
    public static Tensor Of(FeatureBag bag)
    {
        using var array = frombuffer(bag.Features, ScalarType.Float32);
        using var view = array.view(bag.Count, bag.Dim);
        using var finite = view.isfinite().all();
        return finite.item<bool>() ? view.clone() : throw new InputException("features-not-finite", $"The features of `{bag.SlideId}` hold NaN or infinity. Extract them again.");
    }
}
