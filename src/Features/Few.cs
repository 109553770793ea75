namespace Mhim.Features;

/// <summary>Lists in messages: their first few, and how many more there are.</summary>
public static class Few
{
    const int Most = 10;

    /// <summary>How many, with the words for one or for several: <c>1 slide was</c>, <c>2 slides were</c>.</summary>
    public static string Count(int n, string one, string many) => $"{n} {(n == 1 ? one : many)}";

    /// <summary><c>a, b, c</c>, and <c>and N more</c> from the eleventh on.</summary>
    public static string Of(IEnumerable<string> ids)
    {
        var all = ids.ToArray();
        return string.Join(", ", all.Take(Most)) + (all.Length > Most ? $" and {all.Length - Most} more" : "");
    }
}
