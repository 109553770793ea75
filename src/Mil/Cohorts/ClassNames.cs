using Mhim.Features;

namespace Mhim.Mil.Cohorts;

/// <summary>A list of class names as users write it, such as <c>low,medium,high</c>: of two the second is the positive one, of more quadratic kappa takes them for grades.</summary>
public static class ClassNames
{
    /// <summary>Reads the list.</summary>
    /// <param name="text">Two or more different names between commas.</param>
    /// <exception cref="InputException"><c>classes-unreadable</c>.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length >= 2 && names.Distinct().Count() == names.Length ? names
            : throw new InputException("classes-unreadable", $"--classes `{text}` is not a list of two or more different classes, such as low,medium,high.");
    }

    /// <summary>Refuses names that no row has: its models would have an output that nothing teaches.</summary>
    /// <param name="table">Name of the table, for messages.</param>
    /// <param name="named">The classes.</param>
    /// <param name="found">Labels of the table.</param>
    internal static void RequireFound(string table, IEnumerable<string> named, IEnumerable<string> found)
    {
        if (named.Except(found).ToArray() is { Length: > 0 } absent)
            throw new InputException("classes-unreadable", $"--classes names {string.Join(", ", absent)}, but no row of `{table}` has such a label.");
    }
}
