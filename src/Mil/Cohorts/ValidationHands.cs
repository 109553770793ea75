namespace Mhim.Mil.Cohorts;

/// <summary>Which of the hands that groups were dealt to validate. The first hand gets the biggest group, and where one site or patient has most of the rows that must not be the one.</summary>
internal static class ValidationHands
{
    /// <summary>
    /// Evenly spaced hands, the second never among them; where their rows are not near the wanted number, others in their place, as long as no class is lost to training for it.
    /// </summary>
    /// <param name="rows">[hands][strata] rows that each hand has of each stratum.</param>
    /// <param name="some">How many hands validate, at least one and not all.</param>
    /// <param name="wanted">Rows that shall validate.</param>
    /// <param name="ordinary">Rows of an ordinary group: nearer by less is no nearer, for hands of equal groups differ by as much.</param>
    /// <returns>Per hand, whether it validates.</returns>
    public static bool[] Choose(IReadOnlyList<int[]> rows, int some, double wanted, int ordinary)
    {
        var validates = Enumerable.Range(0, rows.Count).Select(hand => hand * some % rows.Count < some).ToArray();
        while (Swaps(rows, validates).Where(swap => swap.Distance(wanted) + ordinary < Distance(rows, validates, wanted)).OrderBy(swap => swap.Distance(wanted)).FirstOrDefault() is { } nearer)
            (validates[nearer.Out], validates[nearer.In]) = (false, true);
        return validates;
    }

    sealed record Swap(int Out, int In, int Rows)
    {
        public double Distance(double wanted) => Math.Abs(Rows - wanted);
    }

    static double Distance(IReadOnlyList<int[]> rows, bool[] validates, double wanted) => Math.Abs(Validating(rows, validates) - wanted);

    static int Validating(IReadOnlyList<int[]> rows, bool[] validates) => rows.Where((_, hand) => validates[hand]).Sum(hand => hand.Sum());

    /// <summary>One hand for another, where both parts keep rows, training its strata, and both together no fewer than they had.</summary>
    static IEnumerable<Swap> Swaps(IReadOnlyList<int[]> rows, bool[] validates)
    {
        var (all, had) = (rows.Sum(hand => hand.Sum()), Strata(rows, validates));
        for (var o = 0; o < rows.Count; o++)
            for (var i = 0; i < rows.Count; i++)
            {
                if (!validates[o] || validates[i])
                    continue;
                bool[] then = [.. validates];
                (then[o], then[i]) = (false, true);
                var (part, strata) = (Validating(rows, then), Strata(rows, then));
                if (part > 0 && part < all && strata.Train >= had.Train && strata.Train + strata.Validation >= had.Train + had.Validation)
                    yield return new Swap(o, i, part);
            }
    }

    static (int Train, int Validation) Strata(IReadOnlyList<int[]> rows, bool[] validates)
    {
        int Of(bool which) => Enumerable.Range(0, rows[0].Length).Count(s => rows.Where((hand, h) => validates[h] == which).Any(hand => hand[s] > 0));
        return (Of(false), Of(true));
    }
}
