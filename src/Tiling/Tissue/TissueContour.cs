namespace Mhim.Tiling.Tissue;

/// <summary>A corner of an outline.</summary>
/// <param name="X">Level-0 pixels from the left edge of the slide.</param>
/// <param name="Y">Level-0 pixels from the top edge of the slide.</param>
public readonly record struct SlidePoint(long X, long Y);

/// <summary>One piece of tissue: what GeoJSON calls a polygon. Rings are not closed (the first point is not repeated) and hold no collinear points.</summary>
/// <param name="Outline">Outer ring, clockwise as seen on the slide (y down); at least 4 points.</param>
/// <param name="Holes">Inner rings, counter-clockwise; at least 4 points each.</param>
public sealed record TissueContour(IReadOnlyList<SlidePoint> Outline, IReadOnlyList<IReadOnlyList<SlidePoint>> Holes);
