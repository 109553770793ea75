namespace Mhim.Tiling.Synthetic;

/// <summary>How much haematoxylin and eosin lies on each level-0 pixel, and how the scanner sees it.</summary>
internal sealed class SyntheticCanvas(int width, int height, float mpp)
{
    /// <summary>Byte steps per unit of stain.</summary>
    public const float StepsPerUnit = 127.5f;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public float Mpp { get; } = mpp;

    public byte[] H { get; } = new byte[width * height];

    public byte[] E { get; } = new byte[width * height];

    public static byte ToByte(float stain) => (byte)Math.Clamp(stain * StepsPerUnit, 0f, 255f);

    /// <summary>Covers the inside of an outline (share of its radius up to <paramref name="share"/>) with even stain, soft at the edge.</summary>
    public void Fill(SyntheticOutline outline, float share, float h, float e, float opacity = 1, float grain = 0)
    {
        var reach = outline.Reach * share + 2;
        int left = Math.Max((int)(outline.X - reach), 0), right = Math.Min((int)(outline.X + reach) + 1, Width - 1);
        int top = Math.Max((int)(outline.Y - reach), 0), bottom = Math.Min((int)(outline.Y + reach) + 1, Height - 1);
        var texel = Mpp / SyntheticTexture.MicronsPerTexel;
        var soft = 1.2f / Mpp;
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                float dx = x - outline.X, dy = y - outline.Y;
                var distance = MathF.Sqrt(dx * dx + dy * dy);
                if (distance > reach)
                    continue;
                var inside = outline.RadiusAt(MathF.Atan2(dy, dx)) * share - distance;
                var alpha = Math.Clamp(inside / soft + 0.5f, 0, 1) * opacity;
                if (alpha <= 0)
                    continue;
                var noise = grain == 0 ? 1 : 1 + grain * SyntheticTexture.Chromatin.At((int)(x * texel * 0.5f), (int)(y * texel * 0.5f));
                var at = y * Width + x;
                H[at] = ToByte(float.Lerp(H[at] / StepsPerUnit, h * noise, alpha));
                E[at] = ToByte(float.Lerp(E[at] / StepsPerUnit, e * noise, alpha));
            }
        }
    }

    /// <summary>The picture: Beer-Lambert with the scanner's stain vectors, then its noise. [height, width, 3] RGB.</summary>
    public byte[] Develop(SyntheticScanner scanner, float haematoxylinStrength, float eosinStrength, SyntheticRandom random)
    {
        var through = new float[6][];
        for (var c = 0; c < 3; c++)
        {
            (through[c], through[3 + c]) = (new float[256], new float[256]);
            for (var level = 0; level < 256; level++)
            {
                through[c][level] = scanner.White[c] * MathF.Pow(10, -level / StepsPerUnit * scanner.Haematoxylin[c] * haematoxylinStrength);
                through[3 + c][level] = MathF.Pow(10, -level / StepsPerUnit * scanner.Eosin[c] * eosinStrength);
            }
        }
        // Half a step on top rounds to nearest.
        var noise = new float[1 << 14];
        for (var i = 0; i < noise.Length; i++)
            noise[i] = scanner.Noise * random.Normal() + 0.5f;
        float[] hr = through[0], hg = through[1], hb = through[2], er = through[3], eg = through[4], eb = through[5];
        var rgb = new byte[Width * Height * 3];
        for (var y = 0; y < Height; y++)
        {
            var start = random.Below(noise.Length);
            for (int x = 0, at = y * Width, to = at * 3; x < Width; x++, at++, to += 3)
            {
                int h = H[at], e = E[at], n = start + 3 * x;
                rgb[to] = (byte)Math.Clamp(hr[h] * er[e] + noise[n & 16383], 0f, 255f);
                rgb[to + 1] = (byte)Math.Clamp(hg[h] * eg[e] + noise[(n + 1) & 16383], 0f, 255f);
                rgb[to + 2] = (byte)Math.Clamp(hb[h] * eb[e] + noise[(n + 2) & 16383], 0f, 255f);
            }
        }
        return rgb;
    }
}
