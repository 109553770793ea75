using System.Globalization;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Grid;

/// <summary>The tiles of one slide.</summary>
/// <param name="SlideId">The slide's id, exact.</param>
/// <param name="Coords">[N] top-left corners in level-0 pixels, row by row from the top left; at least one.</param>
/// <param name="Geometry">How they were cut.</param>
/// <param name="TissueShare">Share of the scanned part of the slide that is tissue, 0 to 1; NaN when a file does not say.</param>
public sealed record TileGrid(string SlideId, TileCoord[] Coords, TileGeometry Geometry, double TissueShare)
{
    const string TissueShareName = "tissue_share";

    /// <summary>How much finer than the slide a grid may be: a slide of 0.3 µm per pixel serves for 0.25, enlarged a little.</summary>
    const double FinestShare = 0.8;

    const long MostPlaces = 100_000_000; // hundreds of times what a large slide has without overlap; a byte each

    const string QualityName = "quality";

    /// <summary>What became of every place of the grid; null when a file does not say.</summary>
    public TileLedger? Ledger { get; init; }

    /// <summary>How good the slide is; null when nobody looked.</summary>
    public SlideQuality? Quality { get; init; }

    /// <summary>A tile of nothing but tissue may sum to a hair under 1: this is far above rounding and far below any share that one would ask for.</summary>
    const double ShareTolerance = 1e-6;

    /// <summary>
    /// Cuts a grid over the scanned part of a slide and keeps the tiles with enough tissue. A tile's side in level-0 pixels is
    /// <c>TileSize · Mpp / slide's mpp</c>, for any ratio of the two; it lies wholly in the scanned part.
    /// </summary>
    /// <exception cref="InputException"><c>no-tissue</c> (no tile is left; says which stage took how many), <c>mpp-too-fine</c> (finer
    /// than the slide), <c>grid-option</c> (out of range), and those of <see cref="Resolution.Require"/>.</exception>
    public static TileGrid Cut(ISlide slide, string slideId, TissueMask mask, GridOptions options)
    {
        Check(options);
        var info = slide.Info;
        double slideMpp = info.Resolution.Require(), scale = options.Mpp / slideMpp;
        if (scale < FinestShare)
            throw new InputException("mpp-too-fine",
                $"'{slide.Path}' has {slideMpp:0.####} µm per pixel, tiles of {options.Mpp:0.####} would be made up; ask for --target-mpp {slideMpp:0.####} or more (features: with an encoder made for that).");

        var geometry = new TileGeometry(options.TileSize, Math.Max(1, (int)Math.Round(options.TileSize * scale)), options.Overlap, options.Mpp,
            slideMpp, info.Width, info.Height);
        var scanned = info.Scanned;
        var columns = Starts(scanned.X, scanned.Width, geometry.TileSizeLevel0, (options.TileSize - options.Overlap) * scale);
        var rows = Starts(scanned.Y, scanned.Height, geometry.TileSizeLevel0, (options.TileSize - options.Overlap) * scale);
        if ((long)rows.Count * columns.Count > MostPlaces)
            throw new InputException("grid-option",
                $"Tile grid: tiles of {options.TileSize} pixels at {options.Mpp:0.####} µm per pixel with an overlap of {options.Overlap} lie at {(long)rows.Count * columns.Count} places of '{slide.Path}'; take less overlap, or larger tiles.");
        var coords = new List<TileCoord>();
        var fates = new TileFate[rows.Count * columns.Count];
        double best = 0;
        for (int place = 0; place < fates.Length; place++)
        {
            var (x, y) = (columns[place % columns.Count], rows[place / columns.Count]);
            best = Math.Max(best, mask.ShareOf(x, y, geometry.TileSizeLevel0));
            fates[place] = FateOf(mask, x, y, geometry.TileSizeLevel0, options);
            if (fates[place] == TileFate.Read)
                coords.Add(new TileCoord(x, y));
        }
        double step = (options.TileSize - options.Overlap) * scale;
        long everywhere = (long)Math.Ceiling(info.Width / step) * (long)Math.Ceiling(info.Height / step);
        var ledger = new TileLedger(columns.Count, rows.Count, fates, Math.Max(0, everywhere - fates.Length));
        return coords.Count > 0
            ? new TileGrid(slideId, [.. coords], geometry, mask.TissueShare) { Ledger = ledger }
            : throw NoTissue.Report(slide, mask, options, geometry, ledger, best);
    }

    /// <summary>Writes a patch file in the TRIDENT layout; appears whole or not at all.</summary>
    /// <param name="path">The <c>.h5</c> file.</param>
    /// <param name="provenance">Further attributes of the file (text), for example <c>slide_sha256</c>.</param>
    public void Save(string path, IReadOnlyDictionary<string, string>? provenance = null) => TridentFile.WriteCoords(path, SlideId, Coords, Geometry,
        Attributes(provenance), Ledger);

    Dictionary<string, string> Attributes(IReadOnlyDictionary<string, string>? provenance)
    {
        var attributes = new Dictionary<string, string>(provenance ?? new Dictionary<string, string>())
        {
            [TissueShareName] = TissueShare.ToString("R", CultureInfo.InvariantCulture),
        };
        if (Quality is not null)
            attributes[QualityName] = Quality.ToJson();
        return attributes;
    }

    /// <summary>Reads a patch file, of ours or of TRIDENT.</summary>
    /// <exception cref="InputException"><c>features-unreadable</c>.</exception>
    public static TileGrid Load(string path)
    {
        var (slideId, coords, geometry) = TridentFile.ReadCoords(path);
        return new TileGrid(slideId, coords, geometry,
            double.TryParse(TridentFile.ReadProvenance(path, TissueShareName), NumberStyles.Float, CultureInfo.InvariantCulture, out double share)
                ? share
                : double.NaN)
        {
            Ledger = TridentFile.ReadLedger(path),
            Quality = SlideQuality.Parse(TridentFile.ReadProvenance(path, QualityName)),
        };
    }

    // Marks first: what they hide would be tissue or none, nobody knows.
    static TileFate FateOf(TissueMask mask, long x, long y, int side, GridOptions options)
    {
        double tissue = mask.ShareOf(x, y, side), pen = mask.PenShareOf(x, y, side), dark = mask.DarkShareOf(x, y, side);
        if (options.MinTissue == 0)
            return TileFate.Read; // every tile was asked for
        if (mask.UnreadableShareOf(x, y, side) > 0.5)
            return TileFate.Unreadable;
        bool marked = pen + dark > options.MaxMarks + ShareTolerance && tissue + pen + dark >= options.MinTissue - ShareTolerance;
        return marked ? pen >= dark ? TileFate.Pen : TileFate.DarkEdge
            : tissue >= options.MinTissue - ShareTolerance ? TileFate.Read
            : TileFate.NoTissue;
    }

    /// <summary>Where tiles start along one axis. Each position is rounded by itself, so that rounding never adds up.</summary>
    /// <param name="first">Where the scanned part begins, pixels of level 0.</param>
    /// <param name="length">Its length.</param>
    /// <param name="side">Of a tile.</param>
    /// <param name="step">From one to the next.</param>
    public static List<long> Starts(long first, long length, int side, double step)
    {
        var starts = new List<long>();
        for (long index = 0; ; index++)
        {
            long start = first + (long)Math.Round(index * step);
            if (start + side > first + length)
                return starts;
            if (starts.Count == 0 || start > starts[^1]) // a step under a pixel yields no tile twice
                starts.Add(start);
        }
    }

    static void Check(GridOptions options)
    {
        static void Demand(bool holds, string what)
        {
            if (!holds)
                throw new InputException("grid-option", $"Tile grid: {what}.");
        }
        Demand(options.TileSize is >= 1 and <= 8192, $"the tile size is 1 to 8192 pixels, not {options.TileSize}");
        Demand(options.Mpp > 0 && double.IsFinite(options.Mpp) && options.Mpp <= 1000, $"the resolution is above 0 µm per pixel, not {options.Mpp}");
        Demand(options.Overlap >= 0 && options.Overlap < options.TileSize, $"the overlap is 0 to {options.TileSize - 1} pixels, not {options.Overlap}");
        Demand(options.MinTissue is >= 0 and <= 1, $"the smallest tissue share of a tile is 0 to 1, not {options.MinTissue}");
        Demand(options.MaxMarks is >= 0 and <= 1, $"the largest share of marks in a tile is 0 to 1, not {options.MaxMarks}");
        Demand(options.TileSize * options.Mpp <= 1e6, $"tiles of {options.TileSize} pixels at {options.Mpp} µm per pixel are larger than any slide");
    }
}
