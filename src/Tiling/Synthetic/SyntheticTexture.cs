namespace Mhim.Tiling.Synthetic;

/// <summary>A tileable square of smooth noise in -1..1, 0.5 µm a texel; made once and looked up at random offsets.</summary>
internal sealed class SyntheticTexture
{
    public const int Side = 512;
    public const float MicronsPerTexel = 0.5f;
    private const int Wrap = Side - 1;

    private readonly float[] _values = new float[Side * Side];

    /// <summary>Collagen: long along x, fine along y, with narrow clefts between the bundles.</summary>
    public static SyntheticTexture Fibre { get; } = MakeFibre();

    /// <summary>Chromatin: clumps of one to three micrometres.</summary>
    public static SyntheticTexture Chromatin { get; } =
        new SyntheticTexture().Octave(8, 8, 0.6f, 21).Octave(4, 4, 0.6f, 22).Octave(2, 2, 0.25f, 23);

    public float At(int x, int y) => _values[((y & Wrap) * Side) + (x & Wrap)];

    /// <summary>Adds value noise with knots every <paramref name="cellX"/> and <paramref name="cellY"/> texels (divisors of the side).</summary>
    private SyntheticTexture Octave(int cellX, int cellY, float amplitude, ulong seed)
    {
        var random = new SyntheticRandom(seed);
        int columns = Side / cellX, rows = Side / cellY;
        var knots = new float[columns * rows];
        for (var i = 0; i < knots.Length; i++)
            knots[i] = random.Between(-1, 1);
        for (var y = 0; y < Side; y++)
        {
            int top = y / cellY, bottom = (top + 1) % rows;
            var fy = Smooth(y % cellY / (float)cellY);
            for (var x = 0; x < Side; x++)
            {
                int left = x / cellX, right = (left + 1) % columns;
                var fx = Smooth(x % cellX / (float)cellX);
                var upper = float.Lerp(knots[top * columns + left], knots[top * columns + right], fx);
                var lower = float.Lerp(knots[bottom * columns + left], knots[bottom * columns + right], fx);
                _values[y * Side + x] += amplitude * float.Lerp(upper, lower, fy);
            }
        }
        return this;
    }

    private static SyntheticTexture MakeFibre()
    {
        var fibre = new SyntheticTexture().Octave(64, 4, 0.5f, 11).Octave(128, 8, 0.55f, 12).Octave(32, 2, 0.25f, 13);
        var bundles = new SyntheticTexture().Octave(128, 16, 0.8f, 14).Octave(64, 8, 0.35f, 15);
        for (var i = 0; i < fibre._values.Length; i++)
        {
            var cleft = MathF.Max(0, 1 - MathF.Abs(bundles._values[i]) / 0.09f);
            fibre._values[i] = float.Lerp(fibre._values[i] * 0.8f + 0.25f * bundles._values[i], -1.5f, cleft * 0.8f);
        }
        return fibre;
    }

    public static float Smooth(float t) => t * t * (3 - 2 * t);
}
