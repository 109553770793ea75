using Mhim.Tiling.Tissue;

namespace Mhim.Tiling.Tests.Tissue;

public sealed class FocusTests
{
    /// <summary>Whether a tile counts hangs on these numbers: whatever makes them faster must not change one.</summary>
    [Theory]
    [InlineData(32, 0.5)]
    [InlineData(77, 0.5)]
    [InlineData(256, 0.5)]
    [InlineData(130, 0.25)]  // joined once
    [InlineData(301, 0.1)]   // twice
    public void The_octaves_are_those_of_the_plain_formula(int side, double mpp)
    {
        var rgb = new byte[side * side * 3];
        new Random(side).NextBytes(rgb);
        Assert.Equal(Plain(rgb, side, mpp), Focus.Octaves(rgb, side, mpp));
    }

    static (double Fine, double Coarse) Plain(byte[] rgb, int side, double mpp)
    {
        var grey = new float[side, side];
        for (int i = 0; i < side * side; i++)
            grey[i / side, i % side] = 0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] + 0.114f * rgb[3 * i + 2];
        for (; mpp < 0.35 && grey.GetLength(0) >= 64; mpp *= 2)
            grey = Made(grey.GetLength(0) / 2, (y, x) => (grey[2 * y, 2 * x] + grey[2 * y, 2 * x + 1] + grey[2 * y + 1, 2 * x] + grey[2 * y + 1, 2 * x + 1]) / 4);
        grey = EverySecond(Smooth(grey));
        var smooth = Smooth(grey);
        double fine = Difference(grey, smooth);
        grey = EverySecond(smooth);
        return (fine, Difference(grey, Smooth(grey)));
    }

    static float[,] Smooth(float[,] grey)
    {
        int last = grey.GetLength(0) - 1;
        var across = Made(last + 1, (y, x) => x == 0 ? (3 * grey[y, 0] + grey[y, 1]) / 4
            : x == last ? (3 * grey[y, last] + grey[y, last - 1]) / 4
            : (grey[y, x - 1] + 2 * grey[y, x] + grey[y, x + 1]) / 4);
        return Made(last + 1, (y, x) => (across[Math.Max(0, y - 1), x] + 2 * across[y, x] + across[Math.Min(last, y + 1), x]) / 4);
    }

    static float[,] EverySecond(float[,] grey) => Made((grey.GetLength(0) + 1) / 2, (y, x) => grey[2 * y, 2 * x]);

    static double Difference(float[,] a, float[,] b)
    {
        double sum = 0;
        for (int y = 0; y < a.GetLength(0); y++)
            for (int x = 0; x < a.GetLength(0); x++)
                sum += (a[y, x] - b[y, x]) * (double)(a[y, x] - b[y, x]);
        return sum / a.Length;
    }

    static float[,] Made(int side, Func<int, int, float> value)
    {
        var plane = new float[side, side];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                plane[y, x] = value(y, x);
        return plane;
    }
}
