using System.Globalization;

namespace Mhim.Tiling.Slides;

/// <summary>
/// Finds the µm per pixel of a slide: what the user says, then <c>openslide.mpp-x</c>, then keys of the makers, then the TIFF resolution
/// (INTEROP.md, "mpp keys in order of trust"). Objective power is a cross-check only. What is missing, implausible or contradictory is not
/// guessed.
/// </summary>
internal static class SlideResolution
{
    /// <summary>Resolutions that whole-slide scanners and their exports have, µm per pixel.</summary>
    internal const double Finest = 0.1, Coarsest = 5;

    /// <summary>TIFF tags alone, which any image tool writes, are believed only where scanners scan: 5× (2 µm per pixel) and finer.</summary>
    internal const double CoarsestByTiff = 2;

    const string WayOut = "say it with --mpp (µm per pixel of the full-size level), for example --mpp 0.25";

    internal static Resolution Of(string path, IReadOnlyDictionary<string, string> properties, double? user)
    {
        if (user is { } said)
            return new Resolution(said, ResolutionSource.User, null, null);

        var (mppX, mppY, source) = Stated(properties);
        if (mppX is not { } mpp)
            return Doubt(null, ResolutionSource.None, "mpp-missing", $"'{path}' does not say its resolution; {WayOut}.");
        if (mpp is not (>= Finest and <= Coarsest))
            return Doubt(mpp, source, "mpp-implausible",
                $"'{path}' says {mpp:0.####} µm per pixel ({source}), which no slide has ({Finest} to {Coarsest} is plausible); {WayOut}.");
        if (source == ResolutionSource.Tiff && mpp > CoarsestByTiff)
            return Doubt(mpp, source, "mpp-implausible",
                $"'{path}' says {mpp:0.####} µm per pixel in its TIFF tags alone, coarser than slides are scanned ({Finest} to {CoarsestByTiff}); {WayOut}.");
        if (mppY is { } other && Math.Abs(other - mpp) > 0.1 * mpp)
            return Doubt(mpp, source, "mpp-contradictory",
                $"'{path}' says {mpp:0.####} µm per pixel across and {other:0.####} down ({source}); {WayOut}.");
        // 40× ≈ 0.25, 20× ≈ 0.5: real scanners stay within a factor of 1.7 of that name.
        if (Number(properties, "openslide.objective-power") is > 0 and { } power && Math.Abs(Math.Log(mpp * power / 10)) > Math.Log(1.7))
            return Doubt(mpp, source, "mpp-contradictory",
                $"'{path}' says {mpp:0.####} µm per pixel ({source}) but an objective of {power:0.#}×, which means about {10 / power:0.###}; {WayOut}.");
        return new Resolution(mpp, source, null, null);
    }

    internal static double? ParseNumber(string text) =>
        double.TryParse(text.Trim().Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : null;

    static (double? X, double? Y, ResolutionSource Source) Stated(IReadOnlyDictionary<string, string> properties)
    {
        // OpenSlide derives its mpp of a plain TIFF from the resolution tags, which image tools fill with 72 dpi: that is the least trusted source.
        bool plainTiff = properties.GetValueOrDefault("openslide.vendor") == "generic-tiff";
        if (!plainTiff && Number(properties, "openslide.mpp-x") is { } x)
            return (x, Number(properties, "openslide.mpp-y"), ResolutionSource.OpenSlide);
        if (Number(properties, "aperio.MPP") is { } aperio)
            return (aperio, null, ResolutionSource.Vendor);
        // Hamamatsu: pixels per unit, nanometres in NDPI's physical size.
        if (Number(properties, "hamamatsu.PhysicalWidth") is > 0 and { } nanometres && Number(properties, "hamamatsu.XResolution") is null
            && Number(properties, "openslide.level[0].width") is > 0 and { } width)
            return (nanometres / 1000 / width, null, ResolutionSource.Vendor);
        if (Number(properties, "mirax.LAYER_0_LEVEL_0_SECTION.MICROMETER_PER_PIXEL_X") is { } mirax)
            return (mirax, Number(properties, "mirax.LAYER_0_LEVEL_0_SECTION.MICROMETER_PER_PIXEL_Y"), ResolutionSource.Vendor);
        double? unit = properties.GetValueOrDefault("tiff.ResolutionUnit") switch { "centimeter" => 1e4, "inch" => 25_400, _ => null };
        if (unit is { } micrometres && Number(properties, "tiff.XResolution") is > 0 and { } perUnit)
            return (micrometres / perUnit, Number(properties, "tiff.YResolution") is > 0 and { } down ? micrometres / down : null, ResolutionSource.Tiff);
        if (Number(properties, "openslide.mpp-x") is { } last)
            return (last, Number(properties, "openslide.mpp-y"), ResolutionSource.OpenSlide);
        return (null, null, ResolutionSource.None);
    }

    static Resolution Doubt(double? mpp, ResolutionSource source, string code, string sentence) => new(mpp, source, sentence, code);

    static double? Number(IReadOnlyDictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out var text) ? ParseNumber(text) : null;
}
