using Mhim.Features;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>From features to a tensor.</summary>
internal static class InstanceTensor
{
    /// <summary>
    /// The numbers of a slide: [N, D]. The tensor is the array itself: what changes it changes the features, and products of it round by where the array happens to lie, so that whoever
    /// trains on it or scales it takes a copy.
    /// </summary>
    /// <param name="bag">N ≥ 1 instances.</param>
    /// <exception cref="InputException"><c>features-not-finite</c>.</exception>
    public static Tensor View(FeatureBag bag)
    {
        var x = tensor(bag.Features, [bag.Count, bag.Dim]);
        using var finite = x.isfinite().all();
        return finite.item<bool>() ? x : throw new InputException("features-not-finite", $"The features of `{bag.SlideId}` hold NaN or infinity. Extract them again.");
    }
}
