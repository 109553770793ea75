using System.Globalization;
using Mhim.Features;
using Mhim.Tiling.Tissue;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Pipeline;

/// <summary>
/// What the service's administrator says of tissue and damage, for all slides: <c>Mhim:Features:Tissue</c> (default, tcga, biopsy, resection), <c>:MinTissue</c> and
/// <c>:MaxUnreadable</c> (shares), <c>:KeepBlurred</c> and <c>:KeepMarks</c> (true, false). Nothing said: as on the command line.
/// </summary>
public static class FeatureRules
{
    const string Section = "Mhim:Features";

    static readonly string[] Names = ["Tissue", "MinTissue", "MaxUnreadable", "KeepBlurred", "KeepMarks"];

    /// <summary>The rules as environment variables, for a child process that shall go by what this one has read, wherever that stood; null: nothing was said.</summary>
    /// <param name="configuration">What this process has read.</param>
    public static IEnumerable<(string Name, string? Value)> Variables(IConfiguration configuration) =>
        Names.Select(name => ($"{Section}:{name}".Replace(":", "__", StringComparison.Ordinal), configuration[$"{Section}:{name}"]));

    /// <summary>A preset by its name, in small or large letters; null: there is none of that name.</summary>
    internal static TissuePreset? Preset(string? name) =>
        Enum.GetValues<TissuePreset>().Cast<TissuePreset?>().FirstOrDefault(preset => string.Equals(name, preset.ToString(), StringComparison.OrdinalIgnoreCase));

    /// <summary>Settings with these rules.</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>: a value is none; the sentence names its key.</exception>
    public static FeatureSettings With(this FeatureSettings settings, IConfiguration configuration)
    {
        string? Said(string key) => configuration[$"{Section}:{key}"] is { Length: > 0 } text ? text : null;
        static InputException Refuse(string key, string wanted, string said) => new("setting-unreadable", $"{Section}:{key} is {wanted}, not '{said}'.");
        double Share(string key, double otherwise) => Said(key) is not { } text ? otherwise
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1 ? share
            : throw Refuse(key, "a share from 0 to 1", text);
        bool Flag(string key) => Said(key) is { } text && (bool.TryParse(text, out var flag) ? flag : throw Refuse(key, "true or false", text));

        var preset = Said("Tissue") is not { } name ? TissuePreset.Default
            : Preset(name) ?? throw Refuse("Tissue", "default, tcga, biopsy or resection", name);
        return settings with
        {
            MinTissue = Share("MinTissue", settings.MinTissue),
            MaxUnreadable = Share("MaxUnreadable", settings.MaxUnreadable),
            KeepBlurred = Flag("KeepBlurred"),
            Tissue = TissueOptions.Of(preset) with { RemoveArtefacts = !Flag("KeepMarks") },
        };
    }
}
