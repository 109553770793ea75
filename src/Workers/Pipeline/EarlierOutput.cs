using Mhim.Features;

namespace Mhim.Workers.Pipeline;

/// <summary>Features of earlier settings must not stand for a slide that is refused with those of now: who trains on the folder would take them in silence.</summary>
static class EarlierOutput
{
    /// <summary>What is put behind the name of a file that was set aside; no reader of features looks for it.</summary>
    public const string Extension = ".earlier";

    static readonly HashSet<string> Verdicts = ["no-tissue", "all-blurred", "not-brightfield", "not-stained", "slide-unreadable"];

    /// <summary>Makes a slide's features. Where the slide or its settings are at fault, and not the machine or a missing encoder, a file of other settings is set aside.</summary>
    /// <param name="output">The feature file; it need not be there.</param>
    /// <param name="make">Makes it, or reads it where it was made from just these inputs.</param>
    /// <exception cref="InputException">That of <paramref name="make"/>; its sentence says so where a file was set aside.</exception>
    public static T Guard<T>(string output, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (InputException e) when ((Verdicts.Contains(e.Code) || e.Code.StartsWith("mpp-", StringComparison.Ordinal)) && StepInputs.Said(output, StepInputs.Attribute) is not null)
        {
            File.Move(output, output + Extension, overwrite: true);
            throw new InputException(e.Code, $"{e.Message} Features of it that were made with other settings are now called '{output}{Extension}'.", e);
        }
    }
}
