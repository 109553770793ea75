namespace Mhim.Tiling.Synthetic;

/// <summary>A slowly varying quantity on the slide: one value per block of <see cref="TruthMask.Downsample"/> pixels.</summary>
internal sealed class SyntheticField(int columns, int rows)
{
    public int Columns { get; } = columns;

    public int Rows { get; } = rows;

    public float[] Values { get; } = new float[columns * rows];

    public float this[int column, int row] => Values[row * Columns + column];

    /// <summary>Three octaves of value noise in about -1..1; <paramref name="wavelength"/> in blocks.</summary>
    public static SyntheticField Noise(int columns, int rows, float wavelength, SyntheticRandom random)
    {
        var field = new SyntheticField(columns, rows);
        var amplitude = 0.75f;
        for (var octave = 0; octave < 3; octave++, wavelength /= 2, amplitude /= 2)
        {
            int across = (int)(columns / wavelength) + 3, down = (int)(rows / wavelength) + 3;
            var knots = new float[across * down];
            for (var i = 0; i < knots.Length; i++)
                knots[i] = random.Between(-1, 1);
            for (var row = 0; row < rows; row++)
            {
                var y = row / wavelength;
                var fy = SyntheticTexture.Smooth(y - (int)y);
                for (var column = 0; column < columns; column++)
                {
                    var x = column / wavelength;
                    var fx = SyntheticTexture.Smooth(x - (int)x);
                    var at = (int)y * across + (int)x;
                    field.Values[row * columns + column] += amplitude * float.Lerp(
                        float.Lerp(knots[at], knots[at + 1], fx), float.Lerp(knots[at + across], knots[at + across + 1], fx), fy);
                }
            }
        }
        return field;
    }

    /// <summary>Bilinear value at a level-0 pixel; the value of a block belongs to its corner.</summary>
    public float AtPixel(float x, float y)
    {
        x = Math.Clamp(x / TruthMask.Downsample, 0, Columns - 1.001f);
        y = Math.Clamp(y / TruthMask.Downsample, 0, Rows - 1.001f);
        var at = (int)y * Columns + (int)x;
        float fx = x - (int)x, fy = y - (int)y;
        return float.Lerp(float.Lerp(Values[at], Values[at + 1], fx), float.Lerp(Values[at + Columns], Values[at + Columns + 1], fx), fy);
    }
}
