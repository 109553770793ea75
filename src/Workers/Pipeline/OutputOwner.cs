using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Pipeline;

/// <summary>Outputs are called after their slide: two slides of one name must not replace each other's, from one run to the next.</summary>
static class OutputOwner
{
    /// <summary>Attribute of the output files: where the slide lay.</summary>
    public const string Attribute = "slide_path";

    /// <summary>Refuses outputs that were made from another slide: one of other content that lay elsewhere. A slide that was moved, or changed in its place, is the same.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="outputs">Its patch and feature files; they need not be there.</param>
    /// <exception cref="InputException"><c>slide-name-twice</c>.</exception>
    public static void Require(SlideSource source, params ReadOnlySpan<string> outputs)
    {
        foreach (var output in outputs)
            if (File.Exists(output) && MadeFrom(output) is { } other && other.Sha256 != source.Sha256 && other.Path != source.Origin)
                throw new InputException("slide-name-twice",
                    $"'{output}' was made from another slide, '{other.Path}', and '{source.Path}' would replace it; give another --out, name both slides in one call (it tells them apart), or delete that file.");
    }

    // What cannot be read, or does not say it, is nobody's.
    static (string Path, string Sha256)? MadeFrom(string output)
    {
        try
        {
            return TridentFile.ReadProvenance(output, Attribute) is { } path && TridentFile.ReadProvenance(output, "slide_sha256") is { } sha ? (path, sha) : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
