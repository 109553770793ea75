namespace Mhim.Tiling.Synthetic;

/// <summary>One cell nucleus, sizes in µm.</summary>
/// <param name="HalfLength">Half of the long axis.</param>
/// <param name="HalfWidth">Half of the short axis.</param>
/// <param name="Angle">Direction of the long axis, radians.</param>
/// <param name="Stain">Haematoxylin, 0..2.</param>
/// <param name="Coarse">Contrast of the chromatin, 0..1.</param>
/// <param name="Irregular">Height of the outline's bumps as a share of the radius.</param>
/// <param name="Nucleolus">A dark dot, as tumour cells show.</param>
internal readonly record struct SyntheticNucleus(
    float HalfLength, float HalfWidth, float Angle, float Stain, float Coarse, float Irregular, bool Nucleolus = false)
{
    public static SyntheticNucleus Fibroblast(float direction, SyntheticRandom random) =>
        new(random.Between(5, 9.5f), random.Between(1.1f, 2.1f), direction + 0.2f * random.Normal(), random.Between(0.5f, 0.85f), 0.2f, 0.05f);

    public static SyntheticNucleus Oval(SyntheticRandom random) =>
        new(random.Between(3.6f, 5.2f), random.Between(2.4f, 3.6f), random.Between(0, 3.15f), random.Between(0.4f, 0.7f), 0.3f, 0.06f);

    public static SyntheticNucleus Lymphocyte(SyntheticRandom random)
    {
        var radius = random.Between(2.7f, 3.5f);
        return new(radius, radius * random.Between(0.88f, 1), random.Between(0, 3.15f), random.Between(0.85f, 1.15f), 0.25f, 0.03f);
    }

    public static SyntheticNucleus Epithelial(float direction, float size, SyntheticRandom random) =>
        new(size * random.Between(4, 5.2f), size * random.Between(2.5f, 3.3f), direction + 0.15f * random.Normal(), random.Between(0.5f, 0.78f), 0.3f, 0.05f);

    public static SyntheticNucleus Malignant(float size, SyntheticRandom random)
    {
        var radius = size * Math.Clamp(5f * random.LogNormal(0.2f), 3.4f, 9f);
        var stretch = MathF.Sqrt(random.Between(1, 1.8f));
        return new(radius * stretch, radius / stretch, random.Between(0, 3.15f), random.Between(0.5f, 0.98f), 0.5f, 0.09f, random.Chance(0.45f));
    }

    public void Draw(SyntheticCanvas canvas, float centreX, float centreY, SyntheticRandom random)
    {
        float a = HalfLength / canvas.Mpp, b = HalfWidth / canvas.Mpp, cos = MathF.Cos(Angle), sin = MathF.Sin(Angle);
        float bump2 = Irregular * random.Normal(), bump3 = Irregular * random.Normal(), bump3s = Irregular * random.Normal();
        int offsetX = random.Below(SyntheticTexture.Side), offsetY = random.Below(SyntheticTexture.Side);
        float dotX = random.Between(-0.35f, 0.35f) * a, dotY = random.Between(-0.35f, 0.35f) * b, dotSize = random.Between(0.8f, 1.3f) / canvas.Mpp;
        var reach = a * (1 + 2.5f * Irregular) + 2;
        var texel = canvas.Mpp / SyntheticTexture.MicronsPerTexel;
        int left = Math.Max((int)(centreX - reach), 0), right = Math.Min((int)(centreX + reach) + 1, canvas.Width - 1);
        int top = Math.Max((int)(centreY - reach), 0), bottom = Math.Min((int)(centreY + reach) + 1, canvas.Height - 1);
        // The edge is as soft as half a micrometre of section is thick.
        var soft = b * canvas.Mpp / 0.7f;
        var chromatin = SyntheticTexture.Chromatin;
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                float dx = x - centreX, dy = y - centreY;
                float u = dx * cos + dy * sin, v = dy * cos - dx * sin;
                float p = u / a, q = v / b;
                var square = p * p + q * q;
                if (square > 2.6f)
                    continue;
                var radius = MathF.Sqrt(square);
                var c = p / (radius + 1e-4f);
                var s = q / (radius + 1e-4f);
                var depth = radius / MathF.Max(0.55f, 1 + bump2 * 2 * c * s + bump3 * (4 * c * c * c - 3 * c) + bump3s * (3 * s - 4 * s * s * s));
                var alpha = Math.Clamp((1 - depth) * soft + 0.5f, 0, 1);
                if (alpha <= 0)
                    continue;
                var membrane = Math.Clamp((depth - 0.7f) * 4, 0, 1);
                var stain = Stain * (1 - 0.25f * Coarse + 0.3f * membrane + Coarse * chromatin.At((int)(x * texel) + offsetX, (int)(y * texel) + offsetY));
                if (Nucleolus)
                    stain += 0.5f * Math.Clamp(1.5f - MathF.Sqrt((u - dotX) * (u - dotX) + (v - dotY) * (v - dotY)) / dotSize, 0, 1);
                var at = y * canvas.Width + x;
                canvas.H[at] = SyntheticCanvas.ToByte(float.Lerp(canvas.H[at] / SyntheticCanvas.StepsPerUnit, stain, alpha));
                canvas.E[at] = (byte)(canvas.E[at] * (1 - 0.45f * alpha));
            }
        }
    }
}
