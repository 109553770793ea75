using System.Buffers;
using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Encoders;

/// <summary>Turns the tiles of a slide into features.</summary>
public static class FeatureExtractor
{
    const double MppTolerance = 0.05;

    /// <summary>Reads every tile at the grid's resolution, resizes it to the encoder's input and encodes it.</summary>
    /// <param name="slide">The slide that the grid was cut from.</param>
    /// <param name="grid">Its tiles.</param>
    /// <param name="encoder">Made for the grid's resolution (within 5%) and tile size.</param>
    /// <param name="options">How the work is spread.</param>
    /// <param name="progress">Told after each batch, from any thread, in rising order; may be null.</param>
    /// <param name="cancellation">Stops between tiles.</param>
    /// <returns>One row per tile, in the grid's order; the same for any number of threads.</returns>
    /// <exception cref="InputException"><c>encoder-mismatch</c>, <c>grid-mismatch</c> (the tiles of another slide), <c>slide-unreadable</c>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FeatureBag Extract(ISlide slide, TileGrid grid, IPatchEncoder encoder, ExtractOptions options,
        IProgress<ExtractProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        RequireFit(slide, grid);
        RequireFit(grid.Geometry, encoder.Info);

        int count = grid.Coords.Length, dim = encoder.Info.Dim;
        // Small slides in smaller batches, so that every core has some; never by the number of threads, which must not change a feature.
        int batchSize = Math.Clamp(count / 32, 1, options.BatchSize), batches = (count + batchSize - 1) / batchSize;
        var features = new float[(long)count * dim];
        int done = 0;
        var gate = new Lock();
        var spread = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        try
        {
            Parallel.For(0, batches, spread, batch =>
            {
                int first = batch * batchSize, size = Math.Min(batchSize, count - first);
                EncodeBatch(slide, grid, encoder, first, size, features.AsSpan(first * dim, size * dim), options.DecoderShrinks, cancellation);
                lock (gate)
                    progress?.Report(new ExtractProgress(done += size, count));
            });
        }
        catch (AggregateException several)
        {
            // Workers fail side by side: the first refusal is the one to show.
            throw several.Flatten().InnerExceptions.FirstOrDefault(e => e is InputException) ?? several.Flatten().InnerExceptions[0];
        }
        return new FeatureBag(grid.SlideId, encoder.Info.Id, dim, features, grid.Coords, grid.Geometry);
    }

    static void EncodeBatch(
        ISlide slide, TileGrid grid, IPatchEncoder encoder, int first, int size, Span<float> features, bool decoderShrinks,
        CancellationToken cancellation)
    {
        int side = encoder.Info.InputSize, bytes = side * side * 3;
        double downsample = grid.Geometry.Mpp / grid.Geometry.SlideMpp; // not the rounded tile size: 483 px may stand for 483.02
        var tiles = ArrayPool<byte>.Shared.Rent(size * bytes);          // [B, S, S, 3]
        try
        {
            for (int i = 0; i < size; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var corner = grid.Coords[first + i];
                SlideRegion.Read(slide, corner.X, corner.Y, downsample, side, side, tiles.AsSpan(i * bytes, bytes), decoderShrinks);
            }
            encoder.Encode(tiles.AsSpan(0, size * bytes), size, features);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(tiles);
        }
    }

    static void RequireFit(ISlide slide, TileGrid grid)
    {
        var (info, geometry) = (slide.Info, grid.Geometry);
        if ((geometry.SlideWidth, geometry.SlideHeight) != (info.Width, info.Height))
            throw new InputException("grid-mismatch",
                $"The tiles of '{grid.SlideId}' were cut from a slide of {geometry.SlideWidth}×{geometry.SlideHeight} pixels, '{slide.Path}' has {info.Width}×{info.Height}; cut its tiles anew.");
    }

    static void RequireFit(TileGeometry geometry, EncoderInfo encoder)
    {
        if (geometry.TileSize != encoder.InputSize)
            throw new InputException("encoder-mismatch",
                $"`{encoder.Id}` takes tiles of {encoder.InputSize} pixels, these are {geometry.TileSize}; cut the tiles with --tile-size {encoder.InputSize}.");
        if (Math.Abs(geometry.Mpp - encoder.Mpp) > MppTolerance * encoder.Mpp)
            throw new InputException("encoder-mismatch",
                $"`{encoder.Id}` was made for {encoder.Mpp:0.###} µm per pixel, these tiles have {geometry.Mpp:0.###}; cut them with --target-mpp {encoder.Mpp:0.###}.");
    }
}
