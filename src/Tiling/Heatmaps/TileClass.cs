namespace Mhim.Tiling.Heatmaps;

/// <summary>What QuPath calls a classification: a name, and the colour that it is drawn in.</summary>
/// <param name="Name">Such as <c>Tumor</c>; QuPath lists it among its classes.</param>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
public sealed record TileClass(string Name, byte Red, byte Green, byte Blue);
