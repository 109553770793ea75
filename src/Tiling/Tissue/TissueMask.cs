namespace Mhim.Tiling.Tissue;

/// <summary>Where a slide has tissue, at a low resolution. Covers the whole of level 0, from its corner (0, 0). Immutable.</summary>
public sealed class TissueMask
{
    readonly byte[] bits;
    readonly byte[]? artefacts;
    readonly int[] sums, penSums, darkSums, unreadableSums; // [(height + 1) · (width + 1)]: tissue pixels above and left of a corner

    /// <summary>Makes a mask.</summary>
    /// <param name="width">Width in mask pixels, at least 1.</param>
    /// <param name="height">Height in mask pixels, at least 1.</param>
    /// <param name="downsampleX">Level-0 pixels per mask pixel across, above 0.</param>
    /// <param name="downsampleY">Level-0 pixels per mask pixel down, above 0.</param>
    /// <param name="bits">[height · width], row by row; 0 is no tissue, all else is tissue. Not copied.</param>
    /// <param name="stages">What each stage left; null when the mask was not found by <see cref="TissueFinder"/>.</param>
    /// <param name="artefacts">[height · width] <see cref="Artefact"/>s; null: none were looked for. Not copied.</param>
    /// <param name="light">What kind of picture the slide is.</param>
    /// <param name="unreadable">[height · width]: 1 where the file is damaged; null: nowhere.</param>
    /// <exception cref="ArgumentException">The number of bits is not width · height.</exception>
    public TissueMask(int width, int height, double downsampleX, double downsampleY, byte[] bits, TissueStages? stages = null,
        byte[]? artefacts = null, SlideLight light = SlideLight.Brightfield, byte[]? unreadable = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downsampleX);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downsampleY);
        if (bits.Length != width * height)
            throw new ArgumentException($"{bits.Length} bits for a mask of {width}×{height}.", nameof(bits));
        Width = width;
        Height = height;
        DownsampleX = downsampleX;
        DownsampleY = downsampleY;
        this.bits = bits;
        this.artefacts = artefacts;
        Light = light;
        sums = Sums(width, height, at => bits[at] != 0);
        penSums = artefacts is null ? [] : Sums(width, height, at => artefacts[at] is > 0 and < (byte)Artefact.DarkEdge);
        unreadableSums = unreadable is null ? [] : Sums(width, height, at => unreadable[at] != 0);
        darkSums = artefacts is null ? [] : Sums(width, height, at => artefacts[at] == (byte)Artefact.DarkEdge);
        long tissue = sums[^1];
        Stages = stages ?? new TissueStages(bits.Length, 0, tissue, tissue, 0, 0, tissue, 0, tissue);
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

    /// <summary>What kind of picture the slide is.</summary>
    public SlideLight Light { get; }

    /// <summary>Share of the scanned part of the slide that is tissue, 0 to 1.</summary>
    public double TissueShare => Stages.Pixels == 0 ? 0 : sums[^1] / (double)Stages.Pixels;

    /// <summary>Whether a mask pixel is tissue.</summary>
    public bool this[int x, int y] => bits[y * Width + x] != 0;

    /// <summary>What a mask pixel is if no tissue.</summary>
    public Artefact ArtefactAt(int x, int y) => artefacts is null ? Artefact.None : (Artefact)artefacts[y * Width + x];

    /// <summary>Share of a square that is tissue, 0 to 1, exact to fractions of mask pixels; what lies outside the slide is none.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, above 0.</param>
    public double ShareOf(double x0, double y0, double sizeLevel0) => ShareOf(sums, x0, y0, sizeLevel0);

    /// <summary>Share of a square that is pen, 0 to 1; as <see cref="ShareOf(double, double, double)"/>.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, above 0.</param>
    public double PenShareOf(double x0, double y0, double sizeLevel0) => artefacts is null ? 0 : ShareOf(penSums, x0, y0, sizeLevel0);

    /// <summary>Share of a square that is dark edge, 0 to 1; as <see cref="ShareOf(double, double, double)"/>.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, above 0.</param>
    public double DarkShareOf(double x0, double y0, double sizeLevel0) => artefacts is null ? 0 : ShareOf(darkSums, x0, y0, sizeLevel0);

    /// <summary>Share of a square where the file is damaged, 0 to 1; as <see cref="ShareOf(double, double, double)"/>.</summary>
    /// <param name="x0">Left edge in level-0 pixels.</param>
    /// <param name="y0">Top edge in level-0 pixels.</param>
    /// <param name="sizeLevel0">Side in level-0 pixels, above 0.</param>
    public double UnreadableShareOf(double x0, double y0, double sizeLevel0) => unreadableSums.Length == 0 ? 0 : ShareOf(unreadableSums, x0, y0, sizeLevel0);

    double ShareOf(int[] of, double x0, double y0, double sizeLevel0)
    {
        double left = x0 / DownsampleX, right = (x0 + sizeLevel0) / DownsampleX;
        double top = y0 / DownsampleY, bottom = (y0 + sizeLevel0) / DownsampleY;
        double sum = SumTo(of, right, bottom) - SumTo(of, left, bottom) - SumTo(of, right, top) + SumTo(of, left, top);
        return Math.Clamp(sum / ((right - left) * (bottom - top)), 0, 1);
    }

    /// <summary>The pieces of tissue with their holes, in level-0 pixels, from top to bottom.</summary>
    public IReadOnlyList<TissueContour> Contours() => MaskOutlines.Of(bits, Width,
        (x, y) => new SlidePoint((long)Math.Round(x * DownsampleX), (long)Math.Round(y * DownsampleY)));

    // The integral of a picture made of squares is bilinear inside each square.
    double SumTo(int[] sums, double x, double y)
    {
        x = Math.Clamp(x, 0, Width);
        y = Math.Clamp(y, 0, Height);
        int column = Math.Min((int)x, Width - 1), row = Math.Min((int)y, Height - 1);
        double fx = x - column, fy = y - row;
        int at = row * (Width + 1) + column, below = at + Width + 1;
        return (1 - fy) * ((1 - fx) * sums[at] + fx * sums[at + 1]) + fy * ((1 - fx) * sums[below] + fx * sums[below + 1]);
    }

    static int[] Sums(int width, int height, Func<int, bool> counts)
    {
        var sums = new int[(width + 1) * (height + 1)];
        for (int y = 0; y < height; y++)
            for (int x = 0, row = 0; x < width; x++)
            {
                row += counts(y * width + x) ? 1 : 0;
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        return sums;
    }
}
