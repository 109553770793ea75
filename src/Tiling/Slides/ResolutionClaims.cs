using System.Globalization;

namespace Mhim.Tiling.Slides;

/// <summary>What one place in a file says about its µm per pixel.</summary>
/// <param name="Source">What kind of place.</param>
/// <param name="Key">The place, in words for people.</param>
/// <param name="X">µm per pixel across.</param>
/// <param name="Y">µm per pixel down; null when not said.</param>
internal sealed record ResolutionClaim(ResolutionSource Source, string Key, double X, double? Y);

/// <summary>Reads every claim about resolution out of a slide's properties, in order of trust (INTEROP.md).</summary>
internal static class ResolutionClaims
{
    internal static List<ResolutionClaim> Of(IReadOnlyDictionary<string, string> properties)
    {
        var claims = new List<ResolutionClaim>();
        void Add(ResolutionSource source, string key, double? x, double? y = null)
        {
            if (x is { } value)
                claims.Add(new ResolutionClaim(source, key, value, y));
        }

        double? Number(string name) => ResolutionClaims.Number(properties, name);
        // OpenSlide derives its mpp of a plain TIFF from the resolution tags, which image tools fill with 72 dpi: that is the least trusted source.
        if (properties.GetValueOrDefault("openslide.vendor") != "generic-tiff")
            Add(ResolutionSource.OpenSlide, "openslide.mpp-x", Number("openslide.mpp-x"), Number("openslide.mpp-y"));
        Add(ResolutionSource.Vendor, "aperio.MPP", Number("aperio.MPP"));
        // Hamamatsu: NDPI's physical size is in nanometres, or in pixels per unit.
        if (Number("hamamatsu.PhysicalWidth") is > 0 and { } nanometres && Number("hamamatsu.XResolution") is null
            && Number("openslide.level[0].width") is > 0 and { } width)
            Add(ResolutionSource.Vendor, "hamamatsu.PhysicalWidth", nanometres / 1000 / width);
        Add(ResolutionSource.Vendor, "mirax MICROMETER_PER_PIXEL", Number("mirax.LAYER_0_LEVEL_0_SECTION.MICROMETER_PER_PIXEL_X"),
            Number("mirax.LAYER_0_LEVEL_0_SECTION.MICROMETER_PER_PIXEL_Y"));
        double? unit = properties.GetValueOrDefault("tiff.ResolutionUnit") switch { "centimeter" => 1e4, "inch" => 25_400, _ => null };
        if (unit is { } micrometres && Number("tiff.XResolution") is > 0 and { } perUnit)
            Add(ResolutionSource.Tiff, "TIFF tags", micrometres / perUnit, Number("tiff.YResolution") is > 0 and { } down ? micrometres / down : null);
        if (claims.Count == 0)
            Add(ResolutionSource.OpenSlide, "openslide.mpp-x", Number("openslide.mpp-x"), Number("openslide.mpp-y"));
        return claims;
    }

    internal static double? Number(IReadOnlyDictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out var text) ? Parse(text) : null;

    internal static double? Parse(string text) =>
        double.TryParse(text.Trim().Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : null;
}
