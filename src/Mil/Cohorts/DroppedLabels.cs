namespace Mhim.Mil.Cohorts;

/// <summary>What may be a class although it reads as nothing, or nothing although it reads as a class: both are said, with the way out.</summary>
internal static class DroppedLabels
{
    const int MostNamed = 6;

    /// <summary>Words that were read as no label, each of several rows; null where there are none.</summary>
    /// <param name="dropped">The cells without a label.</param>
    /// <param name="classes">Labels that were found beside them; null where the user cannot name classes.</param>
    /// <param name="what">What has a label: slides, bags.</param>
    public static string? Doubt(IEnumerable<string> dropped, IReadOnlyList<string>? classes, string what)
    {
        var words = dropped.Where(word => word.Length > 0).GroupBy(word => word).Where(same => same.Count() > 1).OrderByDescending(same => same.Count()).ToArray();
        if (words.Length == 0)
            return null;
        var named = string.Join(" and ", words.Select(same => $"`{same.Key}` ({same.Count()} {what})"));
        string[] all = [words[0].Key, .. classes ?? []];
        var list = string.Join(',', all);
        var way = classes is null ? "" : all.Length is 1 or > MostNamed || all.Any(name => name.Contains(',')) ? "name all classes with --classes, or "
            : $"say so with --classes {(list.Contains(' ') ? $"\"{list}\"" : list)}, or ";
        return $"{named} {(words.Length > 1 ? "were" : "was")} read as no label; if {(words.Length > 1 ? "one" : "it")} is a class, {way}write it otherwise.";
    }

    /// <summary>Classes whose name is a word for what is not known, one sentence each.</summary>
    /// <param name="labels">The label of every slide.</param>
    public static IEnumerable<string> Taken(IEnumerable<string> labels) => labels.Where(Missing.IsOutcome).GroupBy(word => word)
        .Select(same => $"`{same.Key}` ({same.Count()} slides) was taken for a class; if it says that nothing is known, empty these cells.");
}
