using System.Text.RegularExpressions;

namespace Mhim.Mil.Cohorts;

/// <summary>What a 1 in a column means as far as the column's name says it: <c>death</c> that the event was observed, <c>event_free</c> that it was not.</summary>
internal static partial class PolarityName
{
    /// <summary>True: observed; false: censored; null: the name says neither, or both.</summary>
    public static bool? Observed(string name)
    {
        // `isDead`, `NotCensored`
        var words = Hump().Replace(name, "_").ToLowerInvariant();
        // Progression-free survival is an endpoint, with 1 for either; `progression_free` alone is a state.
        words = Endpoint().Replace(words, "_");
        var denied = Denied().IsMatch(words) || Free().IsMatch(words);
        return (Event().IsMatch(words), Censored().IsMatch(words)) switch
        {
            (true, false) => !denied,
            (false, true) => denied,
            (false, false) when denied => false, // disease_free
            _ => null,
        };
    }

    const string Events = "event|dead|death|died|deceased|mortality|relaps|recur|progress|metasta|observed|failure";
    const string Censorings = "censor|alive|living|surviv(?:ed|or)";

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Hump();

    [GeneratedRegex($@"(?:{Events}|disease)[a-z]*[\W_]*free[\W_]*(?:survival|status|interval|time)")]
    private static partial Regex Endpoint();

    [GeneratedRegex($@"(?<![a-z])(?:un|non?|not|never|without|free[\W_]*(?:of|from))[\W_]*(?:{Events}|disease|{Censorings})")]
    private static partial Regex Denied();

    [GeneratedRegex($@"(?:{Events}|disease)[a-z]*[\W_]*free(?![a-z])")]
    private static partial Regex Free();

    [GeneratedRegex(Events)]
    private static partial Regex Event();

    [GeneratedRegex(Censorings)]
    private static partial Regex Censored();
}
