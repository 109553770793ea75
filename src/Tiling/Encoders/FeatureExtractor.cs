using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Encoders;

/// <summary>Turns the tiles of a slide into features.</summary>
public static class FeatureExtractor
{
    /// <summary>Reads every tile at the grid's resolution, resizes it to the encoder's input and encodes it.</summary>
    /// <param name="slide">The slide that the grid was cut from.</param>
    /// <param name="grid">Its tiles.</param>
    /// <param name="encoder">Made for the grid's resolution (within 5%) and tile size.</param>
    /// <param name="options">How the work is spread.</param>
    /// <param name="progress">Told after each batch, from any thread, in rising order; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One row per tile, in the grid's order; the same for any number of threads.</returns>
    /// <exception cref="InputException"><c>encoder-mismatch</c>, <c>slide-unreadable</c>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FeatureBag Extract(ISlide slide, TileGrid grid, IPatchEncoder encoder, ExtractOptions options,
        IProgress<ExtractProgress>? progress = null, CancellationToken cancellation = default) => throw new NotImplementedException();
}
