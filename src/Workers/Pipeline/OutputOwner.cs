using Mhim.Features;

namespace Mhim.Workers.Pipeline;

/// <summary>Outputs are called after their slide: two slides of one name must not replace each other's, from one run to the next.</summary>
static class OutputOwner
{
    /// <summary>Attribute of the output files: SHA-256 of where the slide lay. The path itself may name people, and feature files are passed on.</summary>
    public const string Attribute = "slide_place";

    /// <summary>What is kept of a path.</summary>
    public static string PlaceOf(string path) => StepInputs.Of(path);

    /// <summary>Refuses outputs that were made from another slide: one of other content that lay elsewhere. A slide that was moved, or changed in its place, is the same.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="outputs">Its patch and feature files; they need not be there.</param>
    /// <exception cref="InputException"><c>slide-name-twice</c>.</exception>
    public static void Require(SlideSource source, params ReadOnlySpan<string> outputs)
    {
        foreach (var output in outputs)
            if (MadeFrom(output) is { } other && other.Sha256 != source.Sha256 && (source.Origin is null || other.Place != PlaceOf(source.Origin)))
                throw new InputException("slide-name-twice",
                    $"'{output}' was made from another slide of that name, which lay elsewhere, and '{source.Path}' would replace it; give another --out, name both slides in one call (it tells them apart), or delete that file.");
    }

    // What cannot be read, or does not say it, is nobody's.
    static (string Place, string Sha256)? MadeFrom(string output) =>
        StepInputs.Said(output, Attribute) is { } place && StepInputs.Said(output, SlideSource.HashAttribute) is { } sha ? (place, sha) : null;
}
