using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Runs;

/// <summary>A slide of a run.</summary>
/// <param name="Name">The slide id of the label table.</param>
/// <param name="Id">The slide.</param>
/// <param name="Inputs">What its features were made from, as one hash.</param>
sealed record RunSlide(string Name, Guid Id, string Inputs);

/// <summary>The features of a run's slides, among the blobs.</summary>
/// <param name="slides">As they were gathered.</param>
/// <param name="pathOf">Where a slide's feature file lies.</param>
sealed class RunBags(IReadOnlyList<RunSlide> slides, Func<RunSlide, string> pathOf) : IBagSource
{
    readonly Dictionary<string, RunSlide> byName = slides.ToDictionary(slide => slide.Name, StringComparer.Ordinal);

    public bool Has(string slideId) => byName.ContainsKey(slideId);

    public string? Stamp(string slideId) => byName.GetValueOrDefault(slideId)?.Inputs;

    public FeatureBag Load(string slideId)
    {
        var path = byName.TryGetValue(slideId, out var slide) ? pathOf(slide) : "";
        return File.Exists(path) ? TridentFile.ReadFeatures(path)
            : throw new InputException("features-missing", $"The features of slide '{slideId}' are gone; the slide was removed while the run was at work.");
    }

    /// <summary>What the features of a slide were made from; null when there are none that can be used.</summary>
    public static string? InputsOf(string path)
    {
        try
        {
            return File.Exists(path) ? TridentFile.ReadProvenance(path, StepInputs.Attribute) : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
