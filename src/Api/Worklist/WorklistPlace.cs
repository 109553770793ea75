using System.Globalization;
using Mhim.Api.Hosting;
using Mhim.Workers;

namespace Mhim.Api.Worklist;

/// <summary>
/// Where an item stands in the worklist: pages go on behind the place of the last item, not behind a number of items, so that nothing is passed over when people say
/// their opinion meanwhile and items move to the end.
/// </summary>
/// <param name="First">What orders it, smallest first.</param>
/// <param name="Second">Among equals.</param>
/// <param name="Slide">Then the slide's name.</param>
/// <param name="Id">Then its id.</param>
/// <param name="Question">Then the classes that are told apart.</param>
sealed record WorklistPlace(double First, double Second, string Slide, Guid Id, string Question) : IComparable<WorklistPlace>
{
    const int Longest = 8000;

    /// <summary>The place of an item.</summary>
    public static WorklistPlace Of(WorklistItemDto item, WorklistOrder order)
    {
        var (first, second) = order switch
        {
            WorklistOrder.Uncertainty => (-item.Uncertainty, 0),
            WorklistOrder.Disagreement => (-item.Disagreement, -item.Uncertainty),
            _ => (item.Seen ? 1 : 0, -Math.Max(item.Uncertainty, item.Disagreement)),
        };
        return new(first, second, item.SlideName, item.SlideId, string.Join('\n', item.Classes));
    }

    /// <inheritdoc/>
    public int CompareTo(WorklistPlace? other) => other is null ? 1
        : First.CompareTo(other.First) is not 0 and var first ? first
        : Second.CompareTo(other.Second) is not 0 and var second ? second
        : string.CompareOrdinal(Slide, other.Slide) is not 0 and var slide ? slide
        : Id.CompareTo(other.Id) is not 0 and var id ? id
        : string.CompareOrdinal(Question, other.Question);

    /// <summary>As <c>next</c> says it.</summary>
    public string Write(WorklistOrder order) => PagePlace.Write(
        $"{order}", First.ToString("R", CultureInfo.InvariantCulture), Second.ToString("R", CultureInfo.InvariantCulture), Slide, Id.ToString("N"), Question);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FieldException"><c>request-unreadable</c>.</exception>
    public static WorklistPlace Read(string after, WorklistOrder order)
    {
        try
        {
            if (PagePlace.Read(after, Longest) is [var by, var first, var second, var slide, var id, var question]
                && by == $"{order}" && Guid.TryParseExact(id, "N", out var slideId))
                return new(Number(first), Number(second), slide, slideId, question);
        }
        catch (FormatException)
        {
        }
        throw new FieldException(FieldChecks.Code, "after", "'after' is the 'next' of another page, with the same 'order'.");
    }

    static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
