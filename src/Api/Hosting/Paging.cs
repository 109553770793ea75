using System.Globalization;
using Mhim.Features;

namespace Mhim.Api.Hosting;

/// <summary>A page of a list, newest first.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The page.</param>
/// <param name="Next">Give it as <c>after</c> to get the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Keyset pages over creation times: stable however much is added meanwhile.</summary>
static class Paging
{
    /// <summary>Items that a page has at most.</summary>
    public const int Most = 200;

    /// <summary>The bounds that a client asked for.</summary>
    /// <exception cref="InputException"><c>request-unreadable</c>.</exception>
    public static (DateTime Before, int Limit) Read(string? after, int? limit)
    {
        if (limit is < 1 or > Most)
            throw new InputException("request-unreadable", $"'limit' is from 1 to {Most}.");
        if (after is null)
            return (DateTime.MaxValue, limit ?? 50);
        if (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTime.MaxValue.Ticks)
            throw new InputException("request-unreadable", "'after' is the 'next' of another page.");
        return (new DateTime(ticks, DateTimeKind.Utc), limit ?? 50);
    }

    /// <summary>Makes the page from one item more than it holds.</summary>
    public static Page<TDto> Of<T, TDto>(List<T> items, int limit, Func<T, TDto> dto, Func<T, DateTime> created) => new(
        [.. items.Take(limit).Select(dto)],
        items.Count > limit ? created(items[limit - 1]).Ticks.ToString(CultureInfo.InvariantCulture) : null);
}
