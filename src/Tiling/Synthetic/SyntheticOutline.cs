namespace Mhim.Tiling.Synthetic;

/// <summary>A closed irregular outline around a centre: an ellipse with bumps.</summary>
internal sealed class SyntheticOutline
{
    private const int Steps = 256;
    private readonly float[] _radius = new float[Steps];

    /// <param name="x">Centre, level-0 pixels.</param>
    /// <param name="y">Centre, level-0 pixels.</param>
    /// <param name="radius">Mean radius in pixels.</param>
    /// <param name="elongation">Long over short axis, at least 1.</param>
    /// <param name="bumps">Height of the bumps as a share of the radius; 0 gives an ellipse.</param>
    /// <param name="random">Chooses direction and bumps.</param>
    public SyntheticOutline(float x, float y, float radius, float elongation, float bumps, SyntheticRandom random)
    {
        (X, Y) = (x, y);
        float longAxis = radius * MathF.Sqrt(elongation), shortAxis = radius / MathF.Sqrt(elongation), turn = random.Between(0, MathF.PI);
        Span<float> amplitude = stackalloc float[8], phase = stackalloc float[8];
        for (var k = 2; k < 8; k++)
        {
            amplitude[k] = bumps * random.Normal() * 1.4f / k;
            phase[k] = random.Between(0, 2 * MathF.PI);
        }
        for (var step = 0; step < Steps; step++)
        {
            var angle = 2 * MathF.PI * step / Steps;
            float c = MathF.Cos(angle - turn) / longAxis, s = MathF.Sin(angle - turn) / shortAxis;
            var factor = 1f;
            for (var k = 2; k < 8; k++)
                factor += amplitude[k] * MathF.Cos(k * angle + phase[k]);
            _radius[step] = Math.Clamp(factor, 0.4f, 1.8f) / MathF.Sqrt(c * c + s * s);
            Reach = MathF.Max(Reach, _radius[step]);
        }
    }

    public float X { get; }

    public float Y { get; }

    /// <summary>The largest radius in pixels.</summary>
    public float Reach { get; }

    public float RadiusAt(float angle)
    {
        var at = angle * (Steps / (2 * MathF.PI));
        var floor = MathF.Floor(at);
        var step = (int)floor & (Steps - 1);
        return float.Lerp(_radius[step], _radius[(step + 1) & (Steps - 1)], at - floor);
    }

    /// <summary>Distance from the centre as a share of the outline there: below 1 is inside.</summary>
    public float Depth(float x, float y)
    {
        float dx = x - X, dy = y - Y;
        var distance = MathF.Sqrt(dx * dx + dy * dy);
        return distance > Reach ? distance / Reach + 0.001f : distance / RadiusAt(MathF.Atan2(dy, dx));
    }
}
