using System.Collections.Concurrent;
using Mhim.Features;

namespace Mhim.Tiling.Encoders;

/// <summary>
/// The encoder that needs no download: 256 hand-made numbers a tile from colour deconvolution (Ruifrok and Johnston 2001), texture and
/// nuclear blobs. Deterministic, independent of the batch, safe for several threads; every number is finite and lies in -32..32. A quarter
/// turn or a mirror of a tile whose side is a multiple of 32 changes nothing but rounding.
/// <list type="table">
/// <listheader><term>offset</term><description>block (H = haematoxylin, E = eosin, R = residual, in decadic optical density)</description></listheader>
/// <item><term>0</term><description>colour, 16: mean R G B, sd R G B, saturation mean and sd, brightness p10 p50 p90, share of glass, share of
/// dark pixels, share of blood-red pixels, total optical density mean and sd</description></item>
/// <item><term>16</term><description>stains, 30: for H, E, R: mean, sd, skewness, log kurtosis, p5 p25 p50 p75 p95 p99</description></item>
/// <item><term>46</term><description>stains together, 4: correlation H-E, H-R, E-R, H's share of H + E</description></item>
/// <item><term>50</term><description>normalised histograms, 16: H and E divided by their own 99th percentile, 8 bins each; the part that
/// does not see how strong the laboratory stains</description></item>
/// <item><term>66</term><description>co-occurrence (Haralick 1973), 30: for H, E at 1, 2, 4 pixels: contrast, correlation, energy, homogeneity,
/// entropy; 16 levels, four directions together</description></item>
/// <item><term>96</term><description>local binary patterns (Ojala 2002, rotation invariant, uniform), 60: for H, E at 1, 2, 4 pixels: 10 bins</description></item>
/// <item><term>156</term><description>gradients, 24: for H, E at 1, 2, 4 pixels: mean and sd of the magnitude, coherence of the structure tensor in
/// windows of 8 pixels and over the whole tile</description></item>
/// <item><term>180</term><description>bands, 16: for H, E: log energy of four octaves and each octave's share</description></item>
/// <item><term>196</term><description>blobs, 16: for difference-of-Gaussians of about 1.5, 2.4, 3.8, 6.1 µm on H: density of peaks, mean, sd and p90 of
/// their strength</description></item>
/// <item><term>212</term><description>nuclei, 44: components of smoothed H above a fixed threshold (22) and above Otsu's of the tile (22); see
/// <c>StainTextureNuclei</c></description></item>
/// </list>
/// </summary>
public sealed class StainTextureEncoder : IPatchEncoder
{
    /// <summary>The encoder's name in files and tables.</summary>
    public const string Id = "stain-texture";

    /// <summary>D, numbers per tile.</summary>
    public const int Dim = 256;

    /// <summary>Smallest side of a tile in pixels.</summary>
    public const int MinInputSize = 32;

    internal static EncoderInfo Standard { get; } = new(Id, 256, 0.5, Dim);

    private readonly ConcurrentBag<StainTextureTile> _tiles = [];

    /// <summary>Opens the encoder; the defaults are what features of the id <c>stain-texture</c> mean everywhere.</summary>
    /// <param name="inputSize">S, side of a tile in pixels, at least <see cref="MinInputSize"/>.</param>
    /// <param name="mpp">Resolution of the tiles, µm per pixel, above 0; sets the size of blobs and nuclei.</param>
    /// <exception cref="ArgumentOutOfRangeException">Too small a tile, or no resolution.</exception>
    public StainTextureEncoder(int inputSize = 256, double mpp = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputSize, MinInputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mpp);
        Info = new EncoderInfo(Id, inputSize, mpp, Dim);
    }

    /// <inheritdoc />
    public EncoderInfo Info { get; }

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features)
    {
        var tileBytes = Info.InputSize * Info.InputSize * 3;
        if (count < 0 || tiles.Length < (long)count * tileBytes || features.Length < (long)count * Dim)
            throw new ArgumentException($"{tiles.Length} bytes and {features.Length} features are too short for {count} tiles of {Info.InputSize} px.");
        var tile = _tiles.TryTake(out var pooled) ? pooled : new StainTextureTile(Info.InputSize, Info.Mpp);
        for (var i = 0; i < count; i++)
        {
            tile.Load(tiles.Slice(i * tileBytes, tileBytes));
            var vector = new StainTextureVector(features.Slice(i * Dim, Dim));
            StainTextureColour.Write(tile, ref vector);
            StainTexturePatterns.Write(tile, ref vector);
            StainTextureGradients.Write(tile, ref vector);
            StainTextureBlobs.Write(tile, ref vector);
            StainTextureNuclei.Write(tile, ref vector);
            vector.MustBeFull();
        }
        _tiles.Add(tile);
    }

    /// <inheritdoc />
    public void Dispose() => _tiles.Clear();
}
