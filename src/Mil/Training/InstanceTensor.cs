using Mhim.Features;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>From features to a tensor.</summary>
internal static class InstanceTensor
{
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
