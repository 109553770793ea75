namespace Mhim.Tiling.Tests.Fiducials;

/// <summary>One numbered mark: a dark square whose place is known in µm.</summary>
/// <param name="Number">Drawn in it.</param>
/// <param name="X">Left edge in µm from the slide's corner.</param>
/// <param name="Y">Top edge in µm.</param>
readonly record struct Fiducial(int Number, double X, double Y)
{
    /// <summary>Side in µm.</summary>
    internal const double Side = 31;
}

/// <summary>
/// Level 0 of a slide: stained ground with numbered marks at places that no pixel grid favours. What any reader shows must be the mean of these pixels over
/// the area that it claims to show.
/// </summary>
sealed class FiducialPicture
{
    static readonly string[] Digits =
        ["111101101101111", "010110010010111", "111001111100111", "111001111001111", "101101111001001", "111100111001111", "111100111101111", "111001001001001", "111101111101111", "111101111001111"];

    readonly byte[] rgb;
    readonly Dictionary<int, float[]> levels = [];

    internal FiducialPicture(int width, int height, double mpp, int left, int top, int right, int bottom)
    {
        (Width, Height, Mpp) = (width, height, mpp);
        rgb = new byte[width * height * 3];
        Array.Fill(rgb, (byte)255);
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++)
                Set(x, y, (byte)(215 + (x / 61 + y / 47) % 5), (byte)(140 + x / 97 % 7), (byte)(190 + y / 83 % 6));

        double x0 = left * mpp, y0 = top * mpp, across = (right - left) * mpp, down = (bottom - top) * mpp;
        var marks = new List<Fiducial>();
        for (int row = 0; row < 3; row++)
            for (int column = 0; column < 4; column++)
                marks.Add(new Fiducial(10 + marks.Count, x0 + across * (0.03 + 0.251 * column + 0.017 * row), y0 + down * (0.04 + 0.327 * row + 0.011 * column)));
        Marks = marks;
        foreach (var mark in marks)
            Draw(mark);
    }

    internal int Width { get; }

    internal int Height { get; }

    internal double Mpp { get; }

    internal IReadOnlyList<Fiducial> Marks { get; }

    /// <summary>[Height, Width, 3].</summary>
    internal byte[] Bytes => rgb;

    /// <summary>A part of the level that is shrunk by a whole factor: [height, width, 3]; white behind the picture's edges.</summary>
    internal byte[] Shrunk(int factor, int left, int top, int width, int height)
    {
        var part = new byte[width * height * 3];
        for (int i = 0; i < part.Length; i++)
            part[i] = (byte)(Mean(left + i / 3 % width, top + i / 3 / width, 1, i % 3, factor) + 0.5);
        return part;
    }

    /// <summary>Mean over a square that may begin and end inside pixels; what lies behind the edges does not count.</summary>
    /// <param name="left">Left edge in pixels of the level.</param>
    /// <param name="top">Top edge.</param>
    /// <param name="side">Side.</param>
    /// <param name="channel">0 to 2.</param>
    /// <param name="factor">Of the level that is looked at.</param>
    internal double Mean(double left, double top, double side, int channel, int factor)
    {
        var level = Level(factor);
        int width = Width / factor, height = Height / factor;
        double sum = 0, area = 0;
        for (int y = (int)Math.Max(0, top); y < Math.Min(height, top + side); y++)
            for (int x = (int)Math.Max(0, left); x < Math.Min(width, left + side); x++)
            {
                double share = (Math.Min(x + 1, left + side) - Math.Max(x, left)) * (Math.Min(y + 1, top + side) - Math.Max(y, top));
                sum += share * level[(y * width + x) * 3 + channel];
                area += share;
            }
        return area > 1e-9 ? sum / area : 255;
    }

    // Exact means, not rounded on the way.
    float[] Level(int factor)
    {
        if (levels.TryGetValue(factor, out var known))
            return known;
        int width = Width / factor, height = Height / factor;
        var level = new float[width * height * 3];
        for (int y = 0; y < height * factor; y++)
            for (int x = 0; x < width * factor; x++)
                for (int c = 0; c < 3; c++)
                    level[(y / factor * width + x / factor) * 3 + c] += rgb[(y * Width + x) * 3 + c] / (float)(factor * factor);
        return levels[factor] = level;
    }

    void Draw(Fiducial mark)
    {
        int left = Pixel(mark.X), top = Pixel(mark.Y), right = Pixel(mark.X + Fiducial.Side), bottom = Pixel(mark.Y + Fiducial.Side);
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++)
            {
                // Two digits of 3×5 cells in the middle of a square of 9×9.
                int column = (x - left) * 9 / (right - left) - 1, row = (y - top) * 9 / (bottom - top) - 2;
                bool lit = row is >= 0 and < 5 && column is >= 0 and < 7 and not 3
                    && Digits[column < 3 ? mark.Number / 10 : mark.Number % 10][row * 3 + column % 4] == '1';
                if (lit)
                    Set(x, y, 240, 235, 60);
                else
                    Set(x, y, 20, 20, (byte)(60 + mark.Number));
            }
    }

    int Pixel(double micrometres) => (int)Math.Round(micrometres / Mpp);

    void Set(int x, int y, byte r, byte g, byte b)
    {
        int at = (y * Width + x) * 3;
        (rgb[at], rgb[at + 1], rgb[at + 2]) = (r, g, b);
    }
}
