using System.Globalization;
using Mhim.Features;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Tissue;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Pipeline;

/// <summary>What decides a slide's features: the encoder, and how the tiles are cut.</summary>
/// <param name="EncoderId">Id of an encoder in the catalogue.</param>
/// <param name="Mpp">Resolution of the tiles, µm per pixel.</param>
/// <param name="TileSize">Side of a tile, pixels at <paramref name="Mpp"/>.</param>
public sealed record FeatureSettings(string EncoderId = "stain-texture", double Mpp = 0.5, int TileSize = 256)
{
    /// <summary>How tissue is found; not part of <see cref="Variant"/>.</summary>
    public TissueOptions Tissue { get; init; } = TissueOptions.Default;

    /// <summary>A tile is kept when at least this share of it is tissue, 0 to 1; not part of <see cref="Variant"/>.</summary>
    public double MinTissue { get; init; } = new GridOptions().MinTissue;

    /// <summary>Pixels that neighbouring tiles share, from 0 to less than <see cref="TileSize"/>; not part of <see cref="Variant"/>.</summary>
    public int Overlap { get; init; }

    /// <summary>How tiles are cut.</summary>
    public GridOptions Grid => new(TileSize, Mpp, Overlap, MinTissue);

    /// <summary>Over this share of unreadable tiles, 0 to 1, a slide is refused; not part of <see cref="Variant"/>.</summary>
    public double MaxUnreadable { get; init; } = new ExtractOptions().MaxUnreadable;

    /// <summary>Keeps tiles that are out of focus; not part of <see cref="Variant"/>.</summary>
    public bool KeepBlurred { get; init; }

    /// <summary>The tile grid as one word, such as <c>0.5-256</c>: part of keys and file names.</summary>
    public string TileVariant => string.Create(CultureInfo.InvariantCulture, $"{Mpp:0.####}-{TileSize}");

    /// <summary>All of it as one word, such as <c>stain-texture-0.5-256</c>.</summary>
    public string Variant => $"{EncoderId}-{TileVariant}";

    /// <summary>What an encoder was made for, with what the user or a model wants otherwise.</summary>
    /// <exception cref="InputException"><c>encoder-unknown</c>, or its card cannot be used.</exception>
    public static FeatureSettings For(string encoderId, double? mpp = null, int? tileSize = null)
    {
        if (mpp is { } resolution && tileSize is { } side)
            return new FeatureSettings(encoderId, resolution, side);
        var encoder = EncoderCatalog.Info(encoderId);
        return new FeatureSettings(encoderId, mpp ?? encoder.Mpp, tileSize ?? encoder.InputSize);
    }

    /// <summary>What the service makes of an upload: <c>Mhim:Features:*</c>; see <see cref="FeatureRules"/> for what is not part of <see cref="Variant"/>.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>, <c>encoder-unknown</c>, <c>encoder-mismatch</c>, or its card cannot be used.</exception>
    public static FeatureSettings From(IConfiguration configuration)
    {
        static double? Number(string? text, Func<double, bool> may, string wanted) => string.IsNullOrEmpty(text) ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && may(number) ? number
            : throw new InputException("setting-unreadable", $"{wanted}, not '{text}'.");
        var section = configuration.GetSection("Mhim:Features");
        var mpp = Number(section["Mpp"], IsMpp, "Mhim:Features:Mpp is a number of µm per pixel from 0.1 to 10, such as 0.5");
        var side = Number(section["TileSize"], number => number == Math.Floor(number) && IsTileSize((int)number), "Mhim:Features:TileSize is a whole number of pixels from 64 to 1024");
        return For(section["EncoderId"] is { Length: > 0 } encoder ? encoder : EncoderCatalog.Default, mpp, (int?)side).Fitting("Mhim:Features:Mpp", "Mhim:Features:TileSize").With(configuration);
    }

    /// <summary>Refuses tiles that the encoder was not made for: they could be cut, and never be encoded.</summary>
    /// <param name="mpp">What whoever asks calls the resolution, such as <c>mpp</c>.</param>
    /// <param name="tileSize">What they call the side.</param>
    /// <exception cref="FieldException"><c>encoder-mismatch</c>.</exception>
    /// <exception cref="InputException"><c>encoder-unknown</c>, or its card cannot be used.</exception>
    public FeatureSettings Fitting(string mpp, string tileSize)
    {
        var encoder = EncoderCatalog.Info(EncoderId);
        var errors = new Dictionary<string, string[]>();
        if (!FeatureExtractor.FitsMpp(Mpp, encoder))
            errors[mpp] = [$"'{mpp}' is {Mpp:0.####}, and `{encoder.Id}` was made for {encoder.Mpp:0.####} µm per pixel (5% more or less will do); leave it out, or take an encoder made for that."];
        if (TileSize != encoder.InputSize)
            errors[tileSize] = [$"'{tileSize}' is {TileSize}, and `{encoder.Id}` takes tiles of {encoder.InputSize} pixels; leave it out, or take an encoder made for that."];
        return errors.Count == 0 ? this : throw new FieldException("encoder-mismatch", errors);
    }

    /// <summary>Whether tiles of this resolution may be asked for.</summary>
    public static bool IsMpp(double mpp) => mpp is >= 0.1 and <= 10;

    /// <summary>Whether tiles of this side may be asked for.</summary>
    public static bool IsTileSize(int pixels) => pixels is >= 64 and <= 1024;

    /// <summary>Reads <see cref="Variant"/> back.</summary>
    /// <exception cref="FormatException">It is not such a word.</exception>
    public static FeatureSettings Parse(string variant)
    {
        var size = variant.LastIndexOf('-');
        var mpp = size > 0 ? variant.LastIndexOf('-', size - 1) : -1;
        if (mpp < 1)
            throw new FormatException($"'{variant}' names no encoder, resolution and tile size.");
        return new FeatureSettings(variant[..mpp],
            double.Parse(variant.AsSpan(mpp + 1, size - mpp - 1), CultureInfo.InvariantCulture),
            int.Parse(variant.AsSpan(size + 1), CultureInfo.InvariantCulture));
    }
}
