namespace Mhim.Tiling.Heatmaps;

/// <summary>How a heatmap is drawn.</summary>
/// <param name="MaxSide">Longest side of the slide's picture in pixels.</param>
/// <param name="Opacity">Opacity of the highest scores, 0 to 1; lower scores are more transparent, so that the tissue stays visible.</param>
/// <param name="Low">Score that gets the lowest colour; null: the 1st percentile.</param>
/// <param name="High">Score that gets the highest colour; null: the 99th percentile.</param>
/// <param name="Title">What the scores are, for the legend.</param>
/// <param name="Legend">Whether a legend stands below the picture; the picture itself always begins at the top left corner.</param>
public sealed record HeatmapOptions(
    int MaxSide = 1024, double Opacity = 0.8, float? Low = null, float? High = null, string Title = "instance score", bool Legend = true);
