using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>k folds stratified by label and grouped by patient (or by site), reproducible by seed.</summary>
public static class PatientFolds
{
    /// <summary>
    /// Divides the patients into k test parts, and from what is left of each fold takes a validation part. Strata are the classes, or event and
    /// censored; a patient with rows of several classes is dealt with the highest of them.
    /// </summary>
    /// <param name="cohort">What to divide.</param>
    /// <param name="options">How.</param>
    /// <returns>k splits; the rows of each part are in the cohort's order.</returns>
    /// <exception cref="InputException"><c>folds-too-many</c> when a stratum has fewer patients (or the cohort fewer sites) than the folds need;
    /// <c>folds-without-site</c> when sites shall be kept whole but a patient has none, <c>folds-two-sites</c> when one has several.</exception>
    public static IReadOnlyList<Split> Make(Cohort cohort, FoldOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Folds, 2);
        if (options.ValidationShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(options), "ValidationShare lies between 0 and 1.");
        Func<CohortRow, string> keyOf = row => row.PatientId;
        if (options.PreserveSites)
        {
            var siteOf = PatientSites.Of(cohort);
            keyOf = row => siteOf[row.PatientId];
        }
        var groups = Groups(cohort, keyOf);
        RequireEnough(cohort, groups, options);

        var random = new Random(options.Seed);
        var fold = Deal(groups, options.Folds, random);
        var splits = new List<Split>();
        for (var k = 0; k < options.Folds; k++)
        {
            var rest = groups.Where(group => fold[group.Key] != k).ToArray();
            if (rest.Length < 2)
                throw new InputException("folds-too-many", $"Beside the test part of fold {k} there is one site alone, and it cannot both train and validate; take more folds, or divide by patient.");
            // Validation is some of n equal shares of the rest, dealt like the folds themselves.
            var (some, shares) = Fraction(options.ValidationShare);
            var hand = Deal(rest, shares, random);
            var validates = Validating(rest, hand, some, shares, options.ValidationShare);
            bool Validates(string key) => validates[hand[key]];
            splits.Add(new Split(k,
                Take(cohort, keyOf, key => fold[key] != k && !Validates(key)),
                Take(cohort, keyOf, key => fold[key] != k && Validates(key)),
                Take(cohort, keyOf, key => fold[key] == k)));
        }
        foreach (var split in splits)
            LeakageGate.Require(split);
        return splits;
    }

    static bool[] Validating(Group[] rest, Dictionary<string, int> hand, int some, int shares, double share)
    {
        var rows = Enumerable.Range(0, shares).Select(_ => new int[rest[0].RowsPerStratum.Length]).ToArray();
        foreach (var group in rest)
            for (var s = 0; s < group.RowsPerStratum.Length; s++)
                rows[hand[group.Key]][s] += group.RowsPerStratum[s];
        var sizes = rest.Select(group => group.RowsPerStratum.Sum()).Order().ToArray();
        return ValidationHands.Choose(rows, some, share * sizes.Sum(), sizes[sizes.Length / 2]);
    }

    /// <summary>The share as a fraction of small numbers, to half a hundredth: 0.2 is 1/5, 0.4 is 2/5.</summary>
    static (int Some, int Of) Fraction(double share)
    {
        for (var of = 2; of <= 20; of++)
            if ((int)Math.Round(share * of) is var some && some >= 1 && some < of && Math.Abs((double)some / of - share) < 0.005)
                return (some, of);
        var parts = Math.Max(2, (int)Math.Round(1 / Math.Min(share, 1 - share)));
        return share < 0.5 ? (1, parts) : (parts - 1, parts);
    }

    sealed record Group(string Key, int Stratum, int[] RowsPerStratum);

    static int StratumOf(CohortRow row) => row.Label >= 0 ? row.Label : row.Event ? 1 : 0;

    static Group[] Groups(Cohort cohort, Func<CohortRow, string> keyOf)
    {
        var strata = cohort.Task == CohortTask.Survival ? 2 : cohort.Classes.Count;
        return [.. cohort.Rows.GroupBy(keyOf).Select(group =>
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

    static CohortRow[] Take(Cohort cohort, Func<CohortRow, string> keyOf, Func<string, bool> isIn) => [.. cohort.Rows.Where(row => isIn(keyOf(row)))];

    static void RequireEnough(Cohort cohort, Group[] groups, FoldOptions options)
    {
        if (options.PreserveSites)
        {
            if (groups.Length < Math.Max(options.Folds, 3))
                throw new InputException("folds-too-many",
                    $"{Few.Count(groups.Length, "site", "sites")} cannot be kept whole over {options.Folds} folds of three parts; take fewer folds or divide by patient.");
            return;
        }
        // A test part for each fold, and one patient each to learn from and to validate on beside the largest of them.
        var needed = Enumerable.Range(options.Folds, 4).First(n => n - (n + options.Folds - 1) / options.Folds >= 2);
        if (groups.Length < needed)
            throw new InputException("folds-too-many", $"{(groups.Length == 1 ? "There is only 1 patient" : $"There are only {groups.Length} patients")}; {options.Folds} folds need at least {needed}.{WayOut(groups.Length)}");
        // Survival needs events; nobody need be censored. A patient with rows of several classes counts for each.
        var names = cohort.Task == CohortTask.Survival ? [null, "event"] : cohort.Classes.ToArray<string?>();
        for (var s = 0; s < names.Length; s++)
        {
            var patients = groups.Count(group => group.RowsPerStratum[s] > 0);
            if (names[s] is { } name && patients < needed)
                throw new InputException("folds-too-many",
                    $"Only {Few.Count(patients, "patient is", "patients are")} `{name}`; {options.Folds} folds need at least {needed}.{WayOut(patients)}");
        }

        static string WayOut(int patients) => patients >= 4 ? " Take fewer folds or more patients." : " Add patients, or give splits of your own.";
    }
}
