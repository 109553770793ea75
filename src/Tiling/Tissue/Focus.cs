using System.Buffers;

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
        // Three planes, used again and again: an array for each step would be large objects, which only a collection of everything gives back.
        int size = side * side;
        var planes = ArrayPool<float>.Shared.Rent(3 * size);
        try
        {
            Span<float> grey = planes.AsSpan(0, size), smooth = planes.AsSpan(size, size), scratch = planes.AsSpan(2 * size, size);
            GreyPlane.Of(rgb, grey);
            for (; mpp < FinestUseful && side >= 64; mpp *= 2, side /= 2)
                GreyPlane.Halve(grey, side);
            GreyPlane.Smooth(grey, side, smooth, scratch);
            side = GreyPlane.EverySecond(smooth, side, grey);
            GreyPlane.Smooth(grey, side, smooth, scratch);
            double fine = Difference(grey[..(side * side)], smooth);
            side = GreyPlane.EverySecond(smooth, side, grey);
            GreyPlane.Smooth(grey, side, smooth, scratch);
            return (fine, Difference(grey[..(side * side)], smooth));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(planes);
        }
    }

    static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (double)(a[i] - b[i]);
        return sum / a.Length;
    }
}
