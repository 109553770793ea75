using Mhim.Features;

namespace Mhim.Workers;

/// <summary>Unusable input of which it is known which fields are to blame.</summary>
/// <param name="code">A stable word.</param>
/// <param name="errors">Sentences by field; at least one.</param>
/// <param name="inner">What lay beneath.</param>
public sealed class FieldException(string code, IReadOnlyDictionary<string, string[]> errors, Exception? inner = null)
    : InputException(code, string.Join(' ', errors.SelectMany(error => error.Value).Distinct()), inner)
{
    /// <summary>One field is to blame.</summary>
    /// <param name="code">A stable word.</param>
    /// <param name="field">The field.</param>
    /// <param name="sentence">What is wrong with it, and the way out.</param>
    /// <param name="inner">What lay beneath.</param>
    public FieldException(string code, string field, string sentence, Exception? inner = null)
        : this(code, new Dictionary<string, string[]> { [field] = [sentence] }, inner)
    {
    }

    /// <summary>Sentences by field.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors;
}

/// <summary>Collects what is wrong with a request, so that all of it is said at once.</summary>
public sealed class FieldChecks
{
    /// <summary>The code of a request whose fields are not as they must be.</summary>
    public const string Code = "request-unreadable";

    readonly Dictionary<string, List<string>> errors = [];

    /// <summary>Notes a sentence unless the field is as it must be.</summary>
    /// <param name="right">Whether it is.</param>
    /// <param name="field">Its name as the client writes it.</param>
    /// <param name="sentence">How it must be.</param>
    public void Require(bool right, string field, string sentence)
    {
        if (right)
            return;
        if (!errors.TryGetValue(field, out var sentences))
            errors[field] = sentences = [];
        sentences.Add(sentence);
    }

    /// <summary>Notes each field that is not known: one that is misspelt would be passed over in silence, and what it says with it.</summary>
    /// <param name="given">What the client sent.</param>
    /// <param name="known">The fields that there are.</param>
    public void RequireKnown(IEnumerable<string> given, params IReadOnlyCollection<string> known)
    {
        foreach (var field in given)
            Require(known.Contains(field), field, Unknown(known));
    }

    /// <summary>What is said of a field that is not known.</summary>
    /// <param name="known">The fields that there are.</param>
    public static string Unknown(IEnumerable<string> known) => $"There is no such field; known are {string.Join(", ", known)}.";

    /// <summary>Ends here if anything was noted.</summary>
    /// <exception cref="FieldException">Something was.</exception>
    public void ThrowIfAny()
    {
        if (errors.Count > 0)
            throw new FieldException(Code, errors.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray()));
    }
}
