namespace Mhim.Tiling.Tissue;

/// <summary>Where a slide has tissue, at a low resolution. Covers the whole of level 0, from its corner (0, 0). Immutable.</summary>
public sealed class TissueMask
{
    readonly byte[] bits;

    /// <summary>Makes a mask.</summary>
    /// <param name="width">Width in mask pixels, at least 1.</param>
    /// <param name="height">Height in mask pixels, at least 1.</param>
    /// <param name="downsampleX">Level-0 pixels per mask pixel across, above 0.</param>
    /// <param name="downsampleY">Level-0 pixels per mask pixel down, above 0.</param>
    /// <param name="bits">[height · width], row by row; 0 is no tissue, all else is tissue. Not copied.</param>
    /// <param name="stages">What each stage left; null when the mask was not found by <see cref="TissueFinder"/>.</param>
    /// <exception cref="ArgumentException">The number of bits is not width · height.</exception>
    public TissueMask(int width, int height, double downsampleX, double downsampleY, byte[] bits, TissueStages? stages = null)
    {
        Width = width;
        Height = height;
        DownsampleX = downsampleX;
        DownsampleY = downsampleY;
        this.bits = bits;
        Stages = stages ?? throw new NotImplementedException();
    }

    /// <summary>Width in mask pixels.</summary>
    public int Width { get; }

    /// <summary>Height in mask pixels.</summary>
    public int Height { get; }

    /// <summary>Level-0 pixels per mask pixel across; rarely a whole number.</summary>
    public double DownsampleX { get; }

    /// <summary>Level-0 pixels per mask pixel down; rarely a whole number.</summary>
    public double DownsampleY { get; }

    /// <summary>What each stage left.</summary>
    public TissueStages Stages { get; }

    /// <summary>Share of the scanned part of the slide that is tissue, 0 to 1.</summary>
    public double TissueShare => throw new NotImplementedException();

    /// <summary>Whether a mask pixel is tissue.</summary>
    public bool this[int x, int y] => bits[y * Width + x] != 0;

    /// <summary>Share of a square that is tissue, 0 to 1, exact to fractions of mask pixels; what lies outside the slide is none.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, above 0.</param>
    public double ShareOf(double x0, double y0, double sizeLevel0) => throw new NotImplementedException();

    /// <summary>The pieces of tissue with their holes, in level-0 pixels, from top to bottom.</summary>
    public IReadOnlyList<TissueContour> Contours() => throw new NotImplementedException();
}
