using System.Security.Cryptography;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Inference;
using Mhim.Tiling.Heatmaps;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>Last step: applies a model to a slide's features and draws what it saw.</summary>
public static class PredictStep
{
    const int Version = 7;
    internal const int TopTileCount = 12;

    /// <summary>What the instance scores of a survival model are for.</summary>
    public const string Risk = "risk";

    const string Notice = "Research use only. Not for diagnosis.";
    const string OneOfSeveral = " The model was trained on all slides of a patient together; this is what it says of one slide.";

    /// <summary>Predicts, or reads the result when the folder's was made from the same slide, features and model.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="featuresPath">Its feature file.</param>
    /// <param name="modelDir">The model folder.</param>
    /// <param name="outDir">Gets <see cref="PredictionFiles"/>.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Leaves nothing half-written.</param>
    /// <exception cref="InputException">The model cannot be loaded, or wants other features; <c>features-of-another-slide</c>.</exception>
    public static PredictionSummary Run(SlideSource source, string featuresPath, string modelDir, string outDir, string device,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new StepProgress(0, "loading the model"));
        using var predictor = Predictor.Load(modelDir, device);
        var bag = TridentFile.ReadFeatures(featuresPath);
        // Its scores would be painted over this slide's tissue.
        if (TridentFile.ReadProvenance(featuresPath, SlideSource.HashAttribute) is { } of && of != source.Sha256)
            throw new InputException("features-of-another-slide",
                $"The features in '{featuresPath}' were made from another slide than `{source.SlideId}` (they say so, slide_sha256); delete that file, and give each slide a folder of its own.");
        var weights = HashOf(Path.Combine(modelDir, "model.safetensors"));
        var inputs = StepInputs.Of("predict", Version, source.Sha256, TridentFile.ReadProvenance(featuresPath, StepInputs.Attribute), weights,
            HashOf(Path.Combine(modelDir, "config.json")), HashOf(Path.Combine(modelDir, "card.json")));
        if (PredictionSummary.Read(outDir) is { } done && done.Inputs == inputs)
            return done;

        progress?.Report(new StepProgress(0.2, "predicting"));
        var prediction = predictor.Predict(bag);
        cancel.ThrowIfCancellationRequested();
        var geometry = bag.Geometry ?? throw new InputException("features-without-places", $"'{featuresPath}' does not say where its tiles lie.");
        using var slide = source.Open();
        var survival = prediction.Survival is not null;
        var scored = survival ? Risk : prediction.Classes[prediction.ScoredClass];
        progress?.Report(new StepProgress(0.4, "drawing the heatmap"));
        // A result of other inputs must not look finished while its files are replaced one by one.
        Directory.CreateDirectory(outDir);
        File.Delete(Path.Combine(outDir, PredictionFiles.Summary));
        AtomicFile.WriteAllBytes(Path.Combine(outDir, PredictionFiles.Heatmap),
            Heatmap.Render(slide, bag.Coords, geometry, prediction.InstanceScores, HeatmapOf(prediction, scored)));
        cancel.ThrowIfCancellationRequested();
        progress?.Report(new StepProgress(0.8, "cutting top tiles"));
        var tops = TopTiles.Cut(slide, bag.Coords, geometry, prediction.InstanceScores, TopTileCount);
        // A slide of fewer tiles must not keep the pictures of one that was predicted here before.
        for (var rank = tops.Count + 1; rank <= TopTileCount; rank++)
            if (Path.Combine(outDir, PredictionFiles.TopTile(rank)) is var before && File.Exists(before))
                File.Delete(before);
        foreach (var top in tops)
            AtomicFile.WriteAllBytes(Path.Combine(outDir, PredictionFiles.TopTile(top.Rank)), top.Png);
        WriteTiles(Path.Combine(outDir, PredictionFiles.Tiles), slide.Info.Bounds, bag, geometry, prediction, scored);
        TileTable.Write(outDir, bag.Coords, geometry, prediction, survival ? BinsOf(predictor.Card.TimeBins) : prediction.Classes, survival ? Risk : null);
        var summary = new PredictionSummary(source.SlideId, source.Sha256, predictor.Card.Name, weights, bag.EncoderId, geometry.Mpp, geometry.TileSize,
            geometry.TileSizeLevel0, bag.Count, survival ? "" : prediction.Classes[prediction.PredictedClass],
            [.. prediction.Classes.Zip(prediction.Probabilities, (name, p) => new ClassProbability(name, p))], scored,
            [.. tops.Select(t => new TopTileSummary(t.Rank, t.Coord.X, t.Coord.Y, t.Score))], predictor.Card.IsOfPatients ? Notice + OneOfSeveral : Notice, inputs)
        {
            Risk = prediction.Risk,
            Mask = MaskSummary.Of(prediction.Mask),
            Survival = prediction.Survival is { } curve ? [.. curve.Zip(predictor.Card.TimeBins.Skip(1), (p, until) => new SurvivalPoint(until, p))] : null,
        };
        cancel.ThrowIfCancellationRequested();
        AtomicFile.WriteAllText(Path.Combine(outDir, PredictionFiles.Summary), summary.ToJson());
        progress?.Report(new StepProgress(1, "done"));
        return summary;
    }

    // Edges of the time bins, the last one open: "event until 365", "event 365 to 730", "event after 730".
    static IReadOnlyList<string> BinsOf(IReadOnlyList<double> edges) =>
    [
        .. Enumerable.Range(0, edges.Count - 1).Select(b => FormattableString.Invariant(b == 0 ? $"event until {edges[1]:0.##}"
            : b == edges.Count - 2 ? (FormattableString)$"event after {edges[b]:0.##}" : $"event {edges[b]:0.##} to {edges[b + 1]:0.##}")),
    ];

    /// <summary>What a tile without attention scores about: one over the number of classes, or a hazard of one half.</summary>
    /// <param name="classes">How many; 0 for survival.</param>
    public static double ScoreOfNothing(int classes) => 1.0 / Math.Max(2, classes);

    // Fixed ends make heatmaps comparable from slide to slide, and leave a slide without evidence without bright tiles.
    static HeatmapOptions HeatmapOf(Prediction prediction, string scored) =>
        new(Low: (float)ScoreOfNothing(prediction.Classes.Count), High: 1, Title: $"score for {scored}");

    static void WriteTiles(string path, SlideBounds? bounds, FeatureBag bag, TileGeometry geometry, Prediction prediction, string scored) =>
        TileGeoJson.Write(path, bag.Coords, geometry, new Dictionary<string, float[]>
        {
            [$"score {scored}"] = prediction.InstanceScores,
            ["attention"] = prediction.Attention,
        }, bounds: bounds);

    static string HashOf(string path)
    {
        if (!File.Exists(path))
            return "";
        using var content = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }
}
