namespace Mhim.Tiling.Encoders;

/// <summary>One tile's stain planes at three scales, and scratch memory; reused from tile to tile by one thread at a time.</summary>
internal sealed class StainTextureTile
{
    public const int Scales = 3;

    /// <summary>Byte 255 of <see cref="StainTexturePlane.Levels"/> stands for this optical density.</summary>
    public const float FullDensity = 1.2f;

    private static readonly float[] OpticalDensity = MakeOpticalDensity();

    // Rows of the inverse of Ruifrok and Johnston's H, E and their cross product, each of unit length; R, G, B -> H, E, R.
    private static readonly float[] Unmix = MakeUnmix();

    private readonly float[] _fold;

    public StainTextureTile(int side, double mpp)
    {
        Side = side;
        Mpp = mpp;
        H = new StainTexturePlane[Scales];
        E = new StainTexturePlane[Scales];
        for (var scale = 0; scale < Scales; scale++)
        {
            H[scale] = new StainTexturePlane(side >> scale);
            E[scale] = new StainTexturePlane(side >> scale);
        }
        Residual = new float[side * side];
        Rgb = new byte[side * side * 3];
        _fold = new float[side * side];
        // Nuclei and blobs are sought at about 1 µm/px: enough for their shape, a quarter of the work at 0.5 µm/px.
        WorkScale = mpp >= 0.75 ? 0 : mpp >= 0.375 ? 1 : 2;
        var work = side >> WorkScale;
        WorkMpp = mpp * (1 << WorkScale);
        Scratch = [new float[work * work], new float[work * work], new float[work * work], new float[work * work]];
        Labels = new int[work * work];
        Stack = new int[work * work];
    }

    public int Side { get; }

    public double Mpp { get; }

    public byte[] Rgb { get; }

    public StainTexturePlane[] H { get; }

    public StainTexturePlane[] E { get; }

    public float[] Residual { get; }

    /// <summary>Index into <see cref="H"/> of the plane for nuclei and blobs.</summary>
    public int WorkScale { get; }

    public double WorkMpp { get; }

    public float[][] Scratch { get; }

    public int[] Labels { get; }

    public int[] Stack { get; }

    public void Load(ReadOnlySpan<byte> rgb)
    {
        rgb.CopyTo(Rgb);
        Span<float> h = H[0].Values, e = E[0].Values, r = Residual;
        var od = OpticalDensity;
        var m = Unmix;
        for (int i = 0, p = 0; i < h.Length; i++, p += 3)
        {
            float red = od[rgb[p]], green = od[rgb[p + 1]], blue = od[rgb[p + 2]];
            h[i] = red * m[0] + green * m[1] + blue * m[2];
            e[i] = red * m[3] + green * m[4] + blue * m[5];
            r[i] = red * m[6] + green * m[7] + blue * m[8];
        }
        for (var scale = 0; scale < Scales; scale++)
        {
            if (scale > 0)
            {
                H[scale - 1].HalveInto(H[scale], _fold);
                E[scale - 1].HalveInto(E[scale], _fold);
            }
            H[scale].Quantise();
            E[scale].Quantise();
        }
    }

    private static float[] MakeOpticalDensity()
    {
        var density = new float[256];
        for (var value = 0; value < 256; value++)
            density[value] = -MathF.Log10((value + 1) / 256f);
        return density;
    }

    private static float[] MakeUnmix()
    {
        double[] h = Unit(0.65, 0.70, 0.29), e = Unit(0.07, 0.99, 0.11);
        double[] r = Unit(h[1] * e[2] - h[2] * e[1], h[2] * e[0] - h[0] * e[2], h[0] * e[1] - h[1] * e[0]);
        // od = H·h + E·e + R·r, so the inverse's rows are the cross products over the determinant.
        double[] er = Cross(e, r), rh = Cross(r, h), he = Cross(h, e);
        var det = h[0] * er[0] + h[1] * er[1] + h[2] * er[2];
        return [.. er.Concat(rh).Concat(he).Select(x => (float)(x / det))];

        static double[] Cross(double[] a, double[] b) =>
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

        static double[] Unit(double x, double y, double z)
        {
            var length = Math.Sqrt(x * x + y * y + z * z);
            return [x / length, y / length, z / length];
        }
    }
}
