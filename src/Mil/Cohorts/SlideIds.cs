using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>
/// The slide ids of a table's names. Where it is known what features there are, a name is the id that it spells, such as <c>a/x</c>, and is shortened
/// (<see cref="SlideName.Candidates"/>) only where there is none: two slides of one file name are two slides.
/// </summary>
internal sealed class SlideIds
{
    readonly Dictionary<string, string> _ids;

    SlideIds(Dictionary<string, string> ids) => _ids = ids;

    /// <summary>The id that a name of the table stands for.</summary>
    public string For(string name) => _ids[name];

    /// <param name="table">Its name, for messages.</param>
    /// <param name="names">Every name in it.</param>
    /// <param name="hasFeatures">Told an id; null: nobody knows.</param>
    /// <exception cref="InputException"><c>cohort-ambiguous</c>: one slide's features could be those of either of two names.</exception>
    public static SlideIds Of(string table, IEnumerable<string> names, Func<string, bool>? hasFeatures)
    {
        var written = names.Distinct().ToArray();
        if (hasFeatures is null)
            return new SlideIds(written.ToDictionary(name => name, SlideName.Of));
        var ids = written.ToDictionary(name => name, name => SlideName.Candidates(name).FirstOrDefault(hasFeatures));
        foreach (var alike in written.GroupBy(SlideName.Shortest))
            foreach (var name in alike.Where(name => ids[name] is null || IsShort(ids[name]!, name) && Tells(name)))
            {
                // A name without a folder is the short id's, if a namesake has features of its own.
                var rival = Array.Find([.. alike.Where(Tells)], other => Differ(name, other) && (ids[name] is null || ids[other] == ids[name] || HasFolder(name) && SlideName.Of(other) == SlideName.Of(name)));
                if (rival is not null && ids[name] is not null)
                    throw new InputException("cohort-ambiguous",
                        $"`{table}` names {name} and {rival}, and there are features of `{ids[name]}`, which could be of either. Extract both from the folder above them, so that their features are told apart; if they are one slide, name it the same way in every row.");
                ids[name] = rival is null ? ids[name] ?? SlideName.Of(name) : Plain(name);
            }
        return new SlideIds(ids!);
    }

    /// <summary>Whether an id is the name without its folders.</summary>
    static bool IsShort(string id, string name) => id == SlideName.Of(name) || id == SlideName.Shortest(name);

    /// <summary>Whether a name says more of the file than its short id.</summary>
    static bool Tells(string name) => Plain(name) != SlideName.Shortest(name);

    static bool HasFolder(string name) => Plain(name).Contains('/');

    static bool Differ(string a, string b) => Plain(a) is var one && Plain(b) is var other && one != other
        && !one.EndsWith("/" + other, StringComparison.Ordinal) && !other.EndsWith("/" + one, StringComparison.Ordinal);

    static string Plain(string name) => SlideName.Candidates(name).FirstOrDefault("");
}
