namespace Mhim.Tiling.Tissue;

/// <summary>
/// Tells tiles that are out of focus. Of a sharp picture each octave of detail has about as much energy as the next coarser one; blur takes it
/// from the finer. The octaves of about 1 and 2 µm are compared (finer ones belong to noise and JPEG's blocks): their ratio is 0.55 to 1.1 on a
/// sharp scan at 20×, 0.32 to 0.55 with a Gaussian blur of 0.5 µm, 0.16 to 0.22 with 1 µm, 0.11 to 0.14 with 1.5 µm.
/// </summary>
internal static class Focus
{
    /// <summary>Under this ratio a tile is blurred: nuclei have lost their chromatin and their rims.</summary>
    internal const double Blurred = 0.15;

    /// <summary>Energy of the coarser octave, in grey levels squared, under which there is nothing in the tile that could be sharp (mucus, fat, glass).</summary>
    internal const double Something = 1;

    /// <summary>Pixels finer than this, in µm, are joined first: no objective resolves them.</summary>
    const double FinestUseful = 0.35;

    /// <summary>Whether a tile is out of focus; false where that cannot be told.</summary>
    /// <param name="rgb">[side, side, 3].</param>
    /// <param name="side">Pixels.</param>
    /// <param name="mpp">Resolution, µm per pixel.</param>
    internal static bool IsBlurred(ReadOnlySpan<byte> rgb, int side, double mpp)
    {
        if (side < 32)
            return false;
        var (fine, coarse) = Octaves(rgb, side, mpp);
        return coarse > Something && fine < Blurred * coarse;
    }

    /// <summary>Energy of two neighbouring octaves, in grey levels squared.</summary>
    internal static (double Fine, double Coarse) Octaves(ReadOnlySpan<byte> rgb, int side, double mpp)
    {
        var grey = Grey(rgb, side);
        for (; mpp < FinestUseful && side >= 64; mpp *= 2)
            (grey, side) = (Halved(grey, side), side / 2);
        (grey, side) = (EverySecond(Smooth(grey, side), side), (side + 1) / 2);
        var smooth = Smooth(grey, side);
        double fine = Difference(grey, smooth);
        (grey, side) = (EverySecond(smooth, side), (side + 1) / 2);
        return (fine, Difference(grey, Smooth(grey, side)));
    }

    static float[] Grey(ReadOnlySpan<byte> rgb, int side)
    {
        var grey = new float[side * side];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = 0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] + 0.114f * rgb[3 * i + 2];
        return grey;
    }

    static float[] Halved(float[] grey, int side)
    {
        int half = side / 2;
        var result = new float[half * half];
        for (int y = 0; y < half; y++)
            for (int x = 0, at = 2 * y * side; x < half; x++, at += 2)
                result[y * half + x] = (grey[at] + grey[at + 1] + grey[at + side] + grey[at + side + 1]) / 4;
        return result;
    }

    // Weights 1 2 1 across and down; the edge is repeated outwards.
    static float[] Smooth(float[] grey, int side)
    {
        float[] rows = new float[grey.Length], result = new float[grey.Length];
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<float> from = grey.AsSpan(y * side, side);
            var to = rows.AsSpan(y * side, side);
            to[0] = (3 * from[0] + from[1]) / 4;
            for (int x = 1; x < side - 1; x++)
                to[x] = (from[x - 1] + 2 * from[x] + from[x + 1]) / 4;
            to[side - 1] = (3 * from[side - 1] + from[side - 2]) / 4;
        }
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<float> above = rows.AsSpan(Math.Max(0, y - 1) * side, side), row = rows.AsSpan(y * side, side);
            ReadOnlySpan<float> below = rows.AsSpan(Math.Min(side - 1, y + 1) * side, side);
            var to = result.AsSpan(y * side, side);
            for (int x = 0; x < side; x++)
                to[x] = (above[x] + 2 * row[x] + below[x]) / 4;
        }
        return result;
    }

    static float[] EverySecond(float[] grey, int side)
    {
        int half = (side + 1) / 2;
        var result = new float[half * half];
        for (int y = 0; y < half; y++)
            for (int x = 0; x < half; x++)
                result[y * half + x] = grey[2 * y * side + 2 * x];
        return result;
    }

    static double Difference(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (double)(a[i] - b[i]);
        return sum / a.Length;
    }
}
