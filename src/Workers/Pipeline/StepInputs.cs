using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Pipeline;

/// <summary>One hash over all that decides a step's output. It is written into the output, and an output with the same hash is not made again.</summary>
static class StepInputs
{
    /// <summary>Attribute of the output files.</summary>
    public const string Attribute = "mhim_inputs";

    /// <summary>Hashes the parts in their order.</summary>
    public static string Of(params ReadOnlySpan<object?> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(Convert.ToString(part, CultureInfo.InvariantCulture)).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether a finished file was made from just these inputs; a file that cannot be read was not.</summary>
    public static bool Made(string path, string inputs) => Said(path, Attribute) == inputs;

    /// <summary>What an output says of how it was made; null when there is none, it cannot be read, or it does not say that.</summary>
    public static string? Said(string path, string attribute)
    {
        try
        {
            return File.Exists(path) ? TridentFile.ReadProvenance(path, attribute) : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
