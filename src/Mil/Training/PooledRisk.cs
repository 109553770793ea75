namespace Mhim.Mil.Training;

/// <summary>Risks of several folds beside one another. A risk is −ΣS over the time bins, at least minus their number; where many patients share a time a fold may have fewer bins than others.</summary>
public static class PooledRisk
{
    /// <summary>Risks on the scale of the most bins; as they are where all have as many.</summary>
    /// <param name="rows">All that are pooled: held-out rows of one stage.</param>
    /// <returns>Told one of them, its risk; null for a row of a classification.</returns>
    public static Func<HeldOut, double?> Of(IReadOnlyList<HeldOut> rows)
    {
        var most = rows.Select(row => row.Outputs.Count).DefaultIfEmpty().Max();
        return row => row.Outputs.Count == most ? row.Risk : row.Risk * most / row.Outputs.Count;
    }
}
