using System.Collections.Concurrent;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Mil.Training;

/// <summary>A folder of feature files of any known layout (<see cref="FeatureFile"/>); their names are the exact slide ids.</summary>
/// <param name="folder">The folder, or that of a TRIDENT job (<see cref="FeatureFolder.Resolve"/>).</param>
/// <param name="options">What the files may not say themselves; null: nothing.</param>
/// <param name="tell">Told once of each layout that is met, and of features without an encoder's name; null: nobody is.</param>
public sealed class FolderBagSource(string folder, FeatureFileOptions? options = null, Action<string>? tell = null) : IBagSource
{
    readonly ConcurrentDictionary<string, bool> _told = [];
    readonly string _folder = FeatureFolder.Resolve(folder, options?.EncoderId);

    /// <summary>The slides of which there are features now.</summary>
    public IReadOnlySet<string> SlideIds() => Files().Select(slide => slide.SlideId).ToHashSet(StringComparer.Ordinal);

    /// <summary>The same with the file of each.</summary>
    public IReadOnlyList<(string SlideId, string Path)> Files() => FeatureFolder.List(_folder);

    /// <inheritdoc/>
    public bool Has(string slideId) => FeatureFolder.Find(_folder, slideId) is not null;

    /// <summary>Name, length and time of the file.</summary>
    public string? Stamp(string slideId) => FeatureFolder.Find(_folder, slideId) is { } path && new FileInfo(path) is var file
        ? $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"
        : null;

    /// <inheritdoc/>
    public string? Said => options is { EncoderId: null, Tiles: null } or null ? null : $"{options.EncoderId} {options.Tiles}";

    /// <inheritdoc/>
    public FeatureBag? Peek(string slideId) => FeatureFolder.Find(_folder, slideId) is { } path ? FeatureFile.Peek(path, options) : null;

    /// <inheritdoc/>
    public FeatureBag Load(string slideId)
    {
        var path = FeatureFolder.Find(_folder, slideId)
            ?? throw new InputException("features-missing", $"There are no features of slide `{slideId}`: {Path.Combine(_folder, slideId + ".h5")} does not exist. Extract them first.");
        var (bag, layout) = FeatureFile.Read(path, options);
        Tell($"Features in the {FeatureFile.Describe(layout)}.");
        if (bag.EncoderId == FeatureFile.UnknownEncoder)
            Tell("Nothing says which encoder the features are of; a model of them can only be used with such files. Name it with --encoder-id.");
        return bag;
    }

    void Tell(string sentence)
    {
        if (_told.TryAdd(sentence, true))
            tell?.Invoke(sentence);
    }
}
