namespace Mhim.Features;

/// <summary>Of what size the tiles are, whatever the slide: features of another size or resolution are other features.</summary>
/// <param name="Size">Side in pixels at <paramref name="Mpp"/>.</param>
/// <param name="Mpp">µm per pixel.</param>
public readonly record struct TileKind(int Size, double Mpp);
