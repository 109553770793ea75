using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>k folds stratified by label and grouped by patient (or by site), reproducible by seed.</summary>
public static class PatientFolds
{
    /// <summary>
    /// Divides the patients into k test parts, and from what is left of each fold takes a validation part. Strata are the classes, or event and
    /// censored; a patient with rows of several classes counts for the highest of them.
    /// </summary>
    /// <param name="cohort">What to divide.</param>
    /// <param name="options">How.</param>
    /// <returns>k splits; the rows of each part are in the cohort's order.</returns>
    /// <exception cref="InputException"><c>folds-too-many</c> when a stratum has fewer patients (or the cohort fewer sites) than the folds need;
    /// <c>folds-without-site</c> when sites shall be kept whole but a row has none.</exception>
    public static IReadOnlyList<Split> Make(Cohort cohort, FoldOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Folds, 2);
        if (options.ValidationShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(options), "ValidationShare lies between 0 and 1.");
        var groups = Groups(cohort, options.PreserveSites);
        RequireEnough(cohort, groups, options);

        var random = new Random(options.Seed);
        var fold = Deal(groups, options.Folds, random);
        var splits = new List<Split>();
        for (var k = 0; k < options.Folds; k++)
        {
            var rest = groups.Where(group => fold[group.Key] != k).ToArray();
            // Validation is one of n equal shares of the rest, dealt like the folds themselves.
            var shares = Math.Max(2, (int)Math.Round(1 / options.ValidationShare));
            var validation = Deal(rest, shares, random);
            splits.Add(new Split(k,
                Take(cohort, options, key => fold[key] != k && validation[key] != 0),
                Take(cohort, options, key => fold[key] != k && validation[key] == 0),
                Take(cohort, options, key => fold[key] == k)));
        }
        foreach (var split in splits)
            LeakageGate.Require(split);
        return splits;
    }

    sealed record Group(string Key, int Stratum, int[] RowsPerStratum);

    static string KeyOf(CohortRow row, bool bySite) => bySite ? row.Site! : row.PatientId;

    static int StratumOf(CohortRow row) => row.Label >= 0 ? row.Label : row.Event ? 1 : 0;

    static Group[] Groups(Cohort cohort, bool bySite)
    {
        if (bySite && cohort.Rows.FirstOrDefault(row => string.IsNullOrEmpty(row.Site)) is { } nowhere)
            throw new InputException("folds-without-site", $"Row `{nowhere.Id}` has no site; name the site column or do not keep sites whole.");
        var strata = cohort.Task == CohortTask.Survival ? 2 : cohort.Classes.Count;
        return [.. cohort.Rows.GroupBy(row => KeyOf(row, bySite)).Select(group =>
        {
            var rows = new int[strata];
            foreach (var row in group)
                rows[StratumOf(row)]++;
            return new Group(group.Key, group.Max(StratumOf), rows);
        })];
    }

    /// <summary>Deals groups to n hands: stratum by stratum, big groups first, each to the hand that has fewest rows of that stratum.</summary>
    static Dictionary<string, int> Deal(IReadOnlyList<Group> groups, int hands, Random random)
    {
        var strata = groups.Count == 0 ? 0 : groups[0].RowsPerStratum.Length;
        var have = new int[hands, strata];
        var total = new int[hands];
        var dealt = new Dictionary<string, int>();
        var shuffled = groups.OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
        random.Shuffle(shuffled);
        // Rare strata first, while the hands are still free to take them.
        var rarity = Enumerable.Range(0, strata).Select(s => groups.Count(group => group.Stratum == s)).ToArray();
        foreach (var group in shuffled.OrderBy(group => rarity[group.Stratum]).ThenBy(group => group.Stratum)
                     .ThenByDescending(group => group.RowsPerStratum.Sum()))
        {
            var to = Enumerable.Range(0, hands).MinBy(hand => (have[hand, group.Stratum], total[hand], hand));
            for (var s = 0; s < strata; s++)
            {
                have[to, s] += group.RowsPerStratum[s];
                total[to] += group.RowsPerStratum[s];
            }
            dealt[group.Key] = to;
        }
        return dealt;
    }

    static CohortRow[] Take(Cohort cohort, FoldOptions options, Func<string, bool> isIn) =>
        [.. cohort.Rows.Where(row => isIn(KeyOf(row, options.PreserveSites)))];

    static void RequireEnough(Cohort cohort, Group[] groups, FoldOptions options)
    {
        if (options.PreserveSites)
        {
            if (groups.Length < Math.Max(options.Folds, 3))
                throw new InputException("folds-too-many",
                    $"{groups.Length} sites cannot be kept whole over {options.Folds} folds of three parts; take fewer folds or divide by patient.");
            return;
        }
        var names = cohort.Task == CohortTask.Survival ? ["censored", "event"] : cohort.Classes;
        for (var s = 0; s < names.Count; s++)
        {
            var patients = groups.Count(group => group.Stratum == s);
            // A test part for each fold, and one patient each to learn from and to validate on beside the largest of them.
            var needed = Enumerable.Range(options.Folds, 4).First(n => n - (n + options.Folds - 1) / options.Folds >= 2);
            if (patients < needed)
                throw new InputException("folds-too-many",
                    $"Only {patients} patients are `{names[s]}`; {options.Folds} folds need at least {needed}. Take fewer folds or more patients.");
        }
    }
}
