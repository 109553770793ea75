namespace Mhim.Tiling.Heatmaps;

/// <summary>
/// Colours for scores: dark blue, teal, green, yellow with evenly rising lightness, so that the order can be read without telling red from green, on a
/// print in grey too.
/// </summary>
public static class ColourRamp
{
    // Anchors at equal distances; lightness (CIE L*) rises from 25 to 90.
    static readonly (byte R, byte G, byte B)[] Anchors =
        [(58, 40, 112), (50, 84, 140), (35, 126, 142), (40, 168, 125), (126, 204, 78), (250, 226, 50)];

    /// <summary>The colour of a share.</summary>
    /// <param name="share">0 (lowest) to 1 (highest); beyond is clamped.</param>
    public static (byte R, byte G, byte B) Of(double share)
    {
        double place = Math.Clamp(share, 0, 1) * (Anchors.Length - 1);
        int below = Math.Min((int)place, Anchors.Length - 2);
        double rest = place - below;
        var (from, to) = (Anchors[below], Anchors[below + 1]);
        byte Mix(byte a, byte b) => (byte)(a + (b - a) * rest + 0.5);
        return (Mix(from.R, to.R), Mix(from.G, to.G), Mix(from.B, to.B));
    }
}
