using System.Buffers;
using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
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
    /// <returns>One row per tile that could be read and is sharp, in the grid's order, with the ledger; the same for any number of threads.</returns>
    /// <exception cref="InputException"><c>encoder-mismatch</c>, <c>grid-mismatch</c> (the tiles of another slide), <c>slide-unreadable</c> (more than
    /// <see cref="ExtractOptions.MaxUnreadable"/>, or every tile), <c>all-blurred</c>.</exception>
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
        var fates = new TileFate[count];
        var damage = new TileDamage(slide.Path, grid, options.MaxUnreadable);
        int done = 0;
        var gate = new Lock();
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount, inputBytes = encoder.Info.InputSize * encoder.Info.InputSize * 3;
        damage.Check();
        ReadAhead.Run(batches, threads, batch =>
            {
                int first = batch * batchSize, size = Math.Min(batchSize, count - first);
                var tiles = ArrayPool<byte>.Shared.Rent(size * inputBytes);     // [B, S, S, 3], the usable ones side by side
                return (First: first, Size: size, Tiles: tiles, Read: ReadBatch(slide, grid, encoder.Info, first, fates.AsSpan(first, size), tiles, damage, options, cancellation));
            },
            batch =>
            {
                if (batch.Read > 0)
                    encoder.Encode(batch.Tiles.AsSpan(0, batch.Read * inputBytes), batch.Read, features.AsSpan(batch.First * dim, batch.Read * dim));
                ArrayPool<byte>.Shared.Return(batch.Tiles);
                Spread(features.AsSpan(batch.First * dim, batch.Size * dim), fates.AsSpan(batch.First, batch.Size), batch.Read, dim);
                lock (gate)
                    progress?.Report(new ExtractProgress(done += batch.Size, count));
            }, cancellation);
        return Kept(slide.Path, grid, encoder.Info, features, fates);
    }

    /// <returns>How many are usable; they lie side by side at the start of <paramref name="tiles"/>.</returns>
    static int ReadBatch(
        ISlide slide, TileGrid grid, EncoderInfo encoder, int first, Span<TileFate> fates, Span<byte> tiles, TileDamage damage, ExtractOptions options,
        CancellationToken cancellation)
    {
        int side = encoder.InputSize, bytes = side * side * 3, read = 0;
        double downsample = grid.Geometry.Mpp / grid.Geometry.SlideMpp;     // not the rounded tile size: 483 px may stand for 483.02
        for (int i = 0; i < fates.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var corner = grid.Coords[first + i];
            var tile = tiles.Slice(read * bytes, bytes);
            try
            {
                SlideRegion.Read(slide, corner.X, corner.Y, downsample, side, side, tile, options.DecoderShrinks);
                fates[i] = options.SkipBlurred && Focus.IsBlurred(tile, side, grid.Geometry.Mpp) ? TileFate.Blur : TileFate.Read;
            }
            catch (InputException e) when (e.Code == "slide-unreadable")
            {
                fates[i] = TileFate.Unreadable;
                damage.Add(e);
            }
            read += fates[i] == TileFate.Read ? 1 : 0;
        }
        return read;
    }

    // Rows to their tiles, from the last, so that none is overwritten before it has moved.
    static void Spread(Span<float> features, Span<TileFate> fates, int read, int dim)
    {
        for (int i = fates.Length - 1, row = read - 1; row >= 0; i--)
            if (fates[i] == TileFate.Read)
                features.Slice(row-- * dim, dim).CopyTo(features[(i * dim)..]);
    }

    static FeatureBag Kept(string path, TileGrid grid, EncoderInfo encoder, float[] features, TileFate[] fates)
    {
        int count = fates.Length, dim = encoder.Dim, kept = fates.Count(fate => fate == TileFate.Read);
        var ledger = (grid.Ledger ?? new TileLedger(count, 1, new TileFate[count], 0)).After(fates);
        if (kept == 0 && !fates.Contains(TileFate.Blur))
            throw new InputException("slide-unreadable", $"'{path}' is damaged: no tile of {count} can be read; copy or scan it again.");
        if (kept == 0)
            throw new InputException("all-blurred",
                $"Of the {count} tiles of '{grid.SlideId}' none is in focus ({fates.Count(fate => fate == TileFate.Blur)} blurred); scan it again, or keep them with --keep-blurred.");
        if (kept == count)
            return new FeatureBag(grid.SlideId, encoder.Id, dim, features, grid.Coords, grid.Geometry) { Ledger = ledger };
        var rows = new float[(long)kept * dim];
        var coords = new TileCoord[kept];
        for (int i = 0, row = 0; i < count; i++)
            if (fates[i] == TileFate.Read)
            {
                features.AsSpan(i * dim, dim).CopyTo(rows.AsSpan(row * dim));
                coords[row++] = grid.Coords[i];
            }
        return new FeatureBag(grid.SlideId, encoder.Id, dim, rows, coords, grid.Geometry) { Ledger = ledger };
    }

    static void RequireFit(ISlide slide, TileGrid grid)
    {
        var (info, geometry) = (slide.Info, grid.Geometry);
        if ((geometry.SlideWidth, geometry.SlideHeight) != (info.Width, info.Height))
            throw new InputException("grid-mismatch",
                $"The tiles of '{grid.SlideId}' were cut from a slide of {geometry.SlideWidth}×{geometry.SlideHeight} pixels, '{slide.Path}' has {info.Width}×{info.Height}; cut its tiles anew.");
    }

    /// <summary>Refuses tiles that an encoder was not made for, before there are any.</summary>
    /// <param name="tileSize">Side in pixels.</param>
    /// <param name="mpp">µm per pixel.</param>
    /// <param name="encoder">The encoder.</param>
    /// <exception cref="InputException"><c>encoder-mismatch</c>.</exception>
    public static void RequireFit(int tileSize, double mpp, EncoderInfo encoder)
    {
        if (tileSize != encoder.InputSize)
            throw new InputException("encoder-mismatch", $"`{encoder.Id}` takes tiles of {encoder.InputSize} pixels, not of {tileSize}; leave --tile-size out, or take another encoder.");
        if (!FitsMpp(mpp, encoder))
            throw new InputException("encoder-mismatch",
                $"`{encoder.Id}` was made for {encoder.Mpp:0.###} µm per pixel, not for {mpp:0.###}; leave --target-mpp out, or take an encoder made for that (mhim encoder list).");
    }

    /// <summary>Whether an encoder takes tiles of this resolution: within 5% of what it was made for.</summary>
    /// <param name="mpp">µm per pixel.</param>
    /// <param name="encoder">The encoder.</param>
    public static bool FitsMpp(double mpp, EncoderInfo encoder) => Math.Abs(mpp - encoder.Mpp) <= MppTolerance * encoder.Mpp;

    static void RequireFit(TileGeometry geometry, EncoderInfo encoder)
    {
        if (geometry.TileSize != encoder.InputSize)
            throw new InputException("encoder-mismatch",
                $"`{encoder.Id}` takes tiles of {encoder.InputSize} pixels, these are {geometry.TileSize}; cut the tiles with --tile-size {encoder.InputSize}.");
        if (!FitsMpp(geometry.Mpp, encoder))
            throw new InputException("encoder-mismatch",
                $"`{encoder.Id}` was made for {encoder.Mpp:0.###} µm per pixel, these tiles have {geometry.Mpp:0.###}; cut them with --target-mpp {encoder.Mpp:0.###}.");
    }
}
