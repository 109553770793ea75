using System.Security.Cryptography;
using Mhim.Features;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Checkpoints;

/// <summary>
/// Whether the three files of a model folder can be what they say, and belong together. Asked before a tensor is made: a folder may come from anywhere, and a card that contradicts its model would be found out
/// by a prediction at best.
/// </summary>
internal static class ModelChecks
{
    const int LongestName = 500;

    /// <summary>Card and configuration by themselves and against each other.</summary>
    /// <exception cref="InputException"><c>model-unreadable</c>, naming the file and the field.</exception>
    public static void Require(string folder, MhimOptions options, ModelCard card) =>
        Require(options, card, what => new InputException("model-unreadable", $"{Path.Combine(folder, ModelFolder.CardFile)}: {what}."));

    /// <summary>The same of a model that is yet to be trained: what could not be read afterwards is found out before.</summary>
    /// <exception cref="InputException"><c>model-unusable</c>.</exception>
    public static void RequireLoadable(MhimOptions options, ModelCard card) =>
        Require(options, card, what => new InputException("model-unusable", $"A model trained on these features could not be used: {what}. Mend what their files say of them, or name the encoder otherwise."));

    /// <summary>The same of weights from elsewhere, before anything is written: a folder with such a card could not be loaded, and would stand in the way of a better one.</summary>
    /// <exception cref="InputException"><c>model-unusable</c>.</exception>
    public static void RequireImportable(MhimOptions options, ModelCard card) =>
        Require(options, card, what => new InputException("model-unusable", $"The imported model could not be loaded: {what}. Name them otherwise: the encoder with --encoder-id, the classes with --classes, the time bins with --time-bins (ascending numbers), the model by its weights' file name."));

    static void Require(MhimOptions options, ModelCard card, Func<string, InputException> refusal)
    {
        void Demand(bool holds, string what)
        {
            if (!holds)
                throw refusal(what);
        }
        // Whoever wrote the file by hand may have put null where this language's types say that there is none.
        Demand(IsText(card.Name), "`name` must be a text without control characters");
        Demand(card.Features is not null && IsText(card.Features.EncoderId) && !card.Features.EncoderId.Split('/', '\\').Any(part => part is "" or "." or ".."), "`features` must name an encoder");
        Demand(card.Features!.Dim >= 1 && card.Features.Dim == options.InputDim, $"`features.dim` is {card.Features.Dim}, the model reads {options.InputDim} numbers an instance");
        Demand(card.Features.Mpp is null or (>= 0.01 and <= 100), "`features.mpp` must be between 0.01 and 100 µm/px");
        Demand(card.Features.TileSize is null or (>= 1 and <= 65_536), "`features.tileSize` must be between 1 and 65536 px");
        Demand(Array.TrueForAll((object?[])[card.Classes, card.TimeBins, card.Train, card.Validation, card.Test, card.Metrics, card.Provenance], part => part is not null),
            "`classes`, `timeBins`, `train`, `validation`, `test`, `metrics` and `provenance` may be left out, but not be null");
        Demand(card.Classes.All(IsText) && card.Classes.Distinct(StringComparer.Ordinal).Count() == card.Classes.Count, "`classes` must be different texts without control characters");
        Demand(card.Train.Concat(card.Validation).Concat(card.Test).Concat(card.Provenance.Values).All(text => text is not null), "ids and provenance may not be null");
        Demand(card.TimeBins.Zip(card.TimeBins.Skip(1)).All(pair => pair.First < pair.Second) && card.TimeBins.All(double.IsFinite), "`timeBins` must ascend");
        Demand(card.Classes.Count == 0 != (card.TimeBins.Count == 0), "either `classes` or `timeBins` is wanted");
        Demand(card.Task == (card.TimeBins.Count > 0 ? "survival" : "classification"), $"`task` is {card.Task}, but there are {(card.TimeBins.Count > 0 ? "time bins" : "classes")}");
        var outputs = card.TimeBins.Count > 0 ? card.TimeBins.Count - 1 : card.Classes.Count;
        Demand(outputs == options.Outputs, $"it names {outputs} classes or time bins, the model has {options.Outputs}");
        Demand(card.BagPer is null or "slide" or "patient", "`bagPer` is slide or patient");
        Demand(card.Temperature is null or (>= 0.001 and <= 1000), "`temperature` must be between 0.001 and 1000");
    }

    /// <summary>The weights' widths against the configuration, which would otherwise decide how much memory is asked for.</summary>
    /// <exception cref="InputException"><c>weights-mismatch</c>.</exception>
    public static void RequireWidths(string source, MhimOptions options, IReadOnlyDictionary<string, Tensor> weights)
    {
        void Same(string name, params long[] wanted)
        {
            if (weights.TryGetValue(name, out var given) && !given.shape.SequenceEqual(wanted))
                throw new InputException("weights-mismatch", $"The weights of {source} do not fit this model: of another shape {name} [{string.Join(", ", given.shape)}] instead of [{string.Join(", ", wanted)}].");
        }
        if (!weights.ContainsKey("predictor.weight"))
            throw new InputException("weights-mismatch", $"The weights of {source} do not fit this model: missing predictor.weight.");
        if (options.Projection)
            Same("feature.0.weight", options.EmbedDim, options.InputDim);
        Same("predictor.weight", options.Outputs, options.EmbedDim);
        // What grows with the square of a width, or with a number that nothing else bounds, must be there in that size before as much is made.
        void Wanted(string name, params long[] shape)
        {
            if (!weights.ContainsKey(name))
                throw new InputException("weights-mismatch", $"The weights of {source} do not fit this model: missing {name}.");
            Same(name, shape);
        }
        var (m, c) = (options.EmbedDim, options.Outputs);
        if (options.Projection)
            Wanted("feature.0.weight", m, options.InputDim);
        if (options.Recycling is { } recycling)
            Wanted("merge.global_q_mm", 1, recycling.Tokens, m);
        if (options.Backbone is { Kind: BackboneKind.TransMil })
            foreach (var layer in (string[])["layer1", "layer2"])
                Wanted($"online_encoder.{layer}.attn.to_qkv.weight", 3L * m, m);
        if (options.Backbone is { Kind: BackboneKind.DsMil })
            Wanted("online_encoder.b_classifier.fcc.weight", c, c, m);
        if (options.Backbone is { Kind: BackboneKind.DsMil, Values: true })
            Wanted("online_encoder.b_classifier.v.1.weight", m, m);
    }

    /// <summary>Statistics of the features: both or neither.</summary>
    /// <exception cref="InputException"><c>weights-mismatch</c>.</exception>
    public static FeatureScaler? Scaler(string folder, int dim, Tensor? mean, Tensor? scale)
    {
        if (mean is null && scale is null)
            return null;
        if (mean is null || scale is null || mean.numel() != dim || scale.numel() != dim || mean.dtype != ScalarType.Float32 || scale.dtype != ScalarType.Float32)
            throw new InputException("weights-mismatch", $"{folder}: the statistics of the features ({ModelFolder.MeanKey}, {ModelFolder.ScaleKey}) are not both there in 32 bits and of width {dim}.");
        float[] means = mean.data<float>().ToArray(), scales = scale.data<float>().ToArray();
        // A feature that is the same in all training rows has the scale 0.
        if (!Array.TrueForAll(means, float.IsFinite) || !Array.TrueForAll(scales, s => float.IsFinite(s) && s >= 0))
            throw new InputException("weights-mismatch", $"{folder}: the statistics of the features hold a number that none can be.");
        return new FeatureScaler(means, scales);
    }

    /// <summary>Whether weights and configuration are the files that the card was written for; a card without hashes says nothing of it.</summary>
    /// <exception cref="InputException"><c>weights-mismatch</c>.</exception>
    public static void RequireHashes(string folder, ModelCard card)
    {
        foreach (var (name, file) in ModelFolder.Hashed)
            if (card.Provenance.TryGetValue(name, out var wanted) && !string.Equals(wanted, Hash(Path.Combine(folder, file)), StringComparison.OrdinalIgnoreCase))
                throw new InputException("weights-mismatch",
                    $"{folder}: {file} is not the file that card.json was written for, so its classes, encoder and temperature may be another model's. Take the three files of one model.");
    }

    /// <summary>SHA-256 of a file, hex.</summary>
    public static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    static bool IsText(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestName && !text.Any(char.IsControl);
}
