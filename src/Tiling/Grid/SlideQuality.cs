using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tissue;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Grid;

/// <summary>How good a slide is: shares of its scanned part, and of its tiles.</summary>
/// <param name="Light">What kind of picture it is.</param>
/// <param name="Tissue">Share of tissue, marks taken out, 0 to 1.</param>
/// <param name="Artefacts">Shares of pen marks and dark edges.</param>
/// <param name="Blur">Share of the tiles that are out of focus, judged on a sample of at most <see cref="SampleSize"/>; null when there is no tile.</param>
public sealed record SlideQuality(SlideLight Light, double Tissue, ArtefactShares Artefacts, double? Blur)
{
    /// <summary>How many tiles are looked at.</summary>
    public const int SampleSize = 48;

    const int LargestSample = 256; // pixels: of a larger tile its middle is looked at

    static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Judges a slide by its mask and a sample of its tiles, taken at even distances.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="mask">Its tissue.</param>
    /// <param name="grid">Its tiles; null when it has none.</param>
    public static SlideQuality Of(ISlide slide, TissueMask mask, TileGrid? grid) =>
        new(mask.Light, mask.TissueShare, mask.Stages.Artefacts, grid is null ? null : BlurOf(slide, grid));

    internal string ToJson() => JsonSerializer.Serialize(this, Form);

    internal static SlideQuality? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<SlideQuality>(json, Form);

    static double? BlurOf(ISlide slide, TileGrid grid)
    {
        int count = Math.Min(SampleSize, grid.Coords.Length), side = Math.Min(LargestSample, grid.Geometry.TileSize), blurred = 0, judged = 0;
        double downsample = grid.Geometry.Mpp / grid.Geometry.SlideMpp, inset = (grid.Geometry.TileSizeLevel0 - side * downsample) / 2;
        Parallel.For(0, count, i =>
        {
            var corner = grid.Coords[(int)((long)i * grid.Coords.Length / count)];
            try
            {
                var tile = SlideRegion.Read(slide, corner.X + inset, corner.Y + inset, downsample, side, side);
                if (Focus.IsBlurred(tile.Rgb, side, grid.Geometry.Mpp))
                    Interlocked.Increment(ref blurred);
                Interlocked.Increment(ref judged);
            }
            catch (Features.InputException)
            {
                // Unreadable: that is another verdict, of those who read every tile.
            }
        });
        return judged == 0 ? null : blurred / (double)judged;
    }
}
