namespace Mhim.Benchmarks;

/// <summary>Area under the ROC curve: the chance that a positive scores above a negative, equal scores counting half.</summary>
internal static class RankAuc
{
    public static double Of(IReadOnlyList<double> scores, IReadOnlyList<bool> labels)
    {
        var order = Enumerable.Range(0, scores.Count).OrderBy(i => scores[i]).ToArray();
        double positives = labels.Count(label => label), negatives = labels.Count - positives, ranks = 0;
        for (int i = 0, end; i < order.Length; i = end)
        {
            for (end = i + 1; end < order.Length && scores[order[end]] == scores[order[i]];)
                end++;
            for (var k = i; k < end; k++)
                ranks += labels[order[k]] ? (i + end + 1) / 2.0 : 0;
        }
        return positives == 0 || negatives == 0 ? double.NaN : (ranks - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
