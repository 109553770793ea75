namespace Mhim.Tiling.Heatmaps;

/// <summary>Which scores get the ends of the colour ramp.</summary>
/// <param name="Low">Score of the lowest colour.</param>
/// <param name="High">Score of the highest colour, above <paramref name="Low"/>.</param>
/// <param name="Least">Lowest score of the slide; the lowest colour stands for all up to <paramref name="Low"/>.</param>
/// <param name="Most">Highest score of the slide.</param>
public readonly record struct ScoreRange(float Low, float High, float Least, float Most)
{
    /// <summary>The given ends, or the 1st and 99th percentile, so that a single odd tile does not flatten all others.</summary>
    /// <param name="scores">All scores of the slide; what is not finite is left out.</param>
    /// <param name="low">Overrides the lower end.</param>
    /// <param name="high">Overrides the upper end.</param>
    public static ScoreRange Of(ReadOnlySpan<float> scores, float? low, float? high)
    {
        var sorted = Array.FindAll(scores.ToArray(), float.IsFinite);
        Array.Sort(sorted);
        float At(double share) => sorted.Length == 0 ? 0 : sorted[(int)Math.Round(share * (sorted.Length - 1))];
        float from = low ?? At(0.01), to = high ?? At(0.99);
        return new ScoreRange(from, to > from ? to : from + Math.Max(1e-6f, Math.Abs(from) * 1e-6f), At(0), At(1));
    }

    /// <summary>Where a score lies in the range, 0 to 1.</summary>
    public double ShareOf(double score) => Math.Clamp((score - Low) / (High - Low), 0, 1);
}
