using System.Text.Json.Serialization;
using Mhim.Mil.Training;

namespace Mhim.Mil.Checkpoints;

/// <summary>What a model is and where it comes from; saved as <c>card.json</c> beside the weights.</summary>
public sealed record ModelCard
{
    /// <summary>Reads the card of a model folder.</summary>
    /// <exception cref="Features.InputException"><c>model-unreadable</c>.</exception>
    public static ModelCard Read(string folder) => ModelFolder.ReadCard(folder);

    /// <summary>Name for people, such as <c>mhim-v2 AbMil, fold 0</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>classification</c> or <c>survival</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Class names by index; empty for survival.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>[bins + 1] edges of the time bins, in the cohort's unit; empty for classification.</summary>
    public IReadOnlyList<double> TimeBins { get; init; } = [];

    /// <summary>What features the model was trained on; others are refused.</summary>
    public required FeatureKind Features { get; init; }

    /// <summary>What a bag was that it learned from: <c>slide</c>, or <c>patient</c> where all slides of a patient were one; null, and not written: nobody said, as in older cards and bag tables.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BagPer { get; init; }

    /// <summary>Whether it learned from all slides of a patient together.</summary>
    [JsonIgnore]
    public bool IsOfPatients => BagPer == "patient";

    /// <summary>Whether it learned from features rounded to float16, as it is then asked about features rounded likewise; not written where it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfFeatures { get; init; }

    /// <summary>Temperature that divides the logits before probabilities are made of them, from validation rows; null, and not written: they are taken as they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Row ids that it learned from.</summary>
    public IReadOnlyList<string> Train { get; init; } = [];

    /// <summary>Row ids by which the epoch was chosen.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Row ids that were held out until training had ended.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>Scores by name, such as <c>validation auc</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>What it was made from: hashes (SHA-256, hex) of the weights, the cohort, the options.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();
}
