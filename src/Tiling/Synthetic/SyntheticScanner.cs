namespace Mhim.Tiling.Synthetic;

/// <summary>One of the two scanners (with its laboratory) that the synthetic cohort pretends to come from.</summary>
/// <param name="Name">Its name in tables, for example <c>alpha</c>.</param>
/// <param name="Mpp">Resolution of level 0, µm per pixel.</param>
/// <param name="White">R, G, B of empty glass, 0..255.</param>
/// <param name="Haematoxylin">Optical density (decadic) of haematoxylin at concentration 1 in R, G, B.</param>
/// <param name="Eosin">Optical density (decadic) of eosin at concentration 1 in R, G, B.</param>
/// <param name="Noise">Standard deviation of the sensor's noise in 8-bit steps.</param>
public sealed record SyntheticScanner(
    string Name, double Mpp, IReadOnlyList<float> White, IReadOnlyList<float> Haematoxylin, IReadOnlyList<float> Eosin, float Noise)
{
    /// <summary>Violet haematoxylin, warm white, 0.50 µm/px.</summary>
    public static SyntheticScanner Alpha { get; } =
        new("alpha", 0.50, [244, 242, 243], [0.65f, 0.70f, 0.29f], [0.10f, 0.72f, 0.34f], 1.4f);

    /// <summary>Bluer haematoxylin, orange eosin, cooler and darker white, 0.42 µm/px.</summary>
    public static SyntheticScanner Beta { get; } =
        new("beta", 0.42, [232, 236, 240], [0.74f, 0.66f, 0.22f], [0.07f, 0.60f, 0.42f], 2.2f);
}
