namespace Mhim.Tiling.Tissue;

/// <summary>How much of the scanned part of a slide is no tissue but looks like some; shares of its area, 0 to 1.</summary>
/// <param name="BluePen">Marks of a blue pen.</param>
/// <param name="GreenPen">Marks of a green pen.</param>
/// <param name="RedPen">Marks of a red pen.</param>
/// <param name="BlackPen">Marks of a black pen.</param>
/// <param name="DarkEdge">Edges of glass, rims of bubbles, shadows.</param>
public sealed record ArtefactShares(double BluePen, double GreenPen, double RedPen, double BlackPen, double DarkEdge)
{
    /// <summary>Nothing was found, or nothing was looked for.</summary>
    public static ArtefactShares None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>All pens together.</summary>
    public double Pen => BluePen + GreenPen + RedPen + BlackPen;
}
