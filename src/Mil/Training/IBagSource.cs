using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mhim.Features;

namespace Mhim.Mil.Training;

/// <summary>Where the features of a slide come from.</summary>
public interface IBagSource
{
    /// <summary>Whether there are features for a slide.</summary>
    bool Has(string slideId);

    /// <summary>What tells these features of a slide from others under the same name without reading them; null where nothing does.</summary>
    string? Stamp(string slideId) => null;

    /// <summary>What somebody said of features that do not say it themselves; null: nothing.</summary>
    string? Said => null;

    /// <summary>An empty bag of the kind that a slide's features have, without reading them; null where that cannot be told.</summary>
    /// <exception cref="InputException">As <see cref="Load"/>, where it can be seen already.</exception>
    FeatureBag? Peek(string slideId) => null;

    /// <summary>Reads the features of a slide. May be called from any thread; a training calls once at a time.</summary>
    /// <exception cref="InputException"><c>features-missing</c>, <c>features-unreadable</c>.</exception>
    FeatureBag Load(string slideId);
}

/// <summary>Bags in memory, for tests and bag tables.</summary>
/// <param name="bags">The bags; ids must differ.</param>
public sealed class MemoryBagSource(IEnumerable<FeatureBag> bags) : IBagSource
{
    readonly Dictionary<string, FeatureBag> _bags = bags.ToDictionary(bag => bag.SlideId);

    /// <inheritdoc/>
    public bool Has(string slideId) => _bags.ContainsKey(slideId);

    /// <summary>SHA-256 of the numbers.</summary>
    public string? Stamp(string slideId) => _bags.TryGetValue(slideId, out var bag) ? Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(bag.Features.AsSpan()))) : null;

    /// <inheritdoc/>
    public FeatureBag Load(string slideId) => _bags.TryGetValue(slideId, out var bag)
        ? bag
        : throw new InputException("features-missing", $"There are no features of slide `{slideId}`.");
}
