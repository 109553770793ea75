using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>The refusal of a slide of which too much cannot be read.</summary>
public static class SlideDamage
{
    /// <summary>How to use it all the same, on the command line.</summary>
    public const string WayOut = "take what is left with --max-unreadable (of extract and predict)";

    /// <summary>Says what cannot be read, and how to go on.</summary>
    /// <param name="path">The slide's file.</param>
    /// <param name="share">Of it, 0 to 1: more than this cannot be read.</param>
    /// <param name="what">Of what that is a share: "its 300 tiles".</param>
    /// <param name="example">What a reader said of one place (<c>slide-unreadable</c>); null: nobody tried.</param>
    internal static InputException Refuse(string path, double share, string what, InputException? example)
    {
        var place = example is null ? "" : $" ({example.Message.Split(": ", 2)[^1].Split(';')[0]})";
        return new InputException("slide-unreadable", $"'{path}' is damaged: more than {share:0.##%} of {what} cannot be read{place}; copy or scan it again, or {WayOut}.", example);
    }
}
