namespace Mhim.Mil.Metrics;

/// <summary>A mean of the folds' own scores. Only folds that hold every class of all of them count: without one of the classes a score is of another quantity, or cannot be told.</summary>
/// <param name="Value">The mean; null when no fold can tell it.</param>
/// <param name="Folds">Over how many folds it is.</param>
internal readonly record struct FoldMean(double? Value, int Folds)
{
    /// <summary>Averages.</summary>
    /// <param name="folds">The folds.</param>
    /// <param name="labels">Classes of a fold's held-out cases; for survival all the same.</param>
    /// <param name="score">What a fold came to; null when it cannot be told.</param>
    public static FoldMean Over<T>(IReadOnlyCollection<T> folds, Func<T, IEnumerable<int>> labels, Func<T, double?> score)
    {
        var classes = folds.SelectMany(labels).Distinct().Count();
        var known = folds.Where(fold => labels(fold).Distinct().Count() == classes).Select(score).OfType<double>().Where(double.IsFinite).ToArray();
        return new FoldMean(known.Length == 0 ? null : known.Average(), known.Length);
    }
}
