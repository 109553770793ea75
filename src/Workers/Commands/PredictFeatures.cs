using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim predict --features</c> and <c>--bags</c>: from feature files of any layout, or a bag table, without slides.</summary>
static class PredictFeatures
{
    /// <summary>Predicts for a file or a folder: slide by slide, or case by case.</summary>
    /// <param name="features">The file or folder.</param>
    /// <param name="cases">Which slides are of which case: a table and how to read it; null: each slide by itself.</param>
    /// <param name="modelDir">The model folder.</param>
    /// <param name="outDir">Gets the files.</param>
    /// <param name="device">Where the model runs.</param>
    /// <param name="options">What the files do not say themselves.</param>
    /// <param name="resolutions">Of single slides; null: none is stated.</param>
    /// <param name="cancel">Stops between two slides.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string features, (string Table, CohortOptions Options)? cases, string modelDir, string outDir, string device, FeatureFileOptions options, MppTable? resolutions, CancellationToken cancel)
    {
        var folder = features;
        features = FeatureFolder.Resolve(features, options.EncoderId);
        var files = Directory.Exists(features) ? FeatureFolder.List(features) : [(Path.GetFileNameWithoutExtension(features), features)];
        if (files.Count == 0)
            throw new InputException("features-missing", $"The folder '{features}' holds no feature files (SLIDE.h5 or SLIDE.pt).");
        var told = new HashSet<FeatureLayout>();
        var ids = files.ToDictionary(file => file.Item2, file => file.Item1);
        var bags = cases is { } said ? PredictCases.Of(said.Table, said.Options, folder, files) : [.. files.Select(file => new PredictBag(file.SlideId, file.SlideId, [file]))];
        using var predictor = Predictor.Load(modelDir, device);
        if (cases is null && predictor.Card.IsOfPatients)
            Screen.Say("Warning: the model was trained on all slides of a patient together, and is asked about each slide by itself; say with --cases TABLE (case_id,slide_id) which slides are of one patient.");
        if (cases is not null && predictor.Card is { BagPer: "slide" })
            Screen.Say("Warning: the model was trained on single slides, and is asked about all slides of a case together; without --cases it answers as it was trained.");
        var code = PredictBags.Run(bags, cases is not null, predictor, outDir, path =>
        {
            cancel.ThrowIfCancellationRequested();
            var slide = ids[path];
            var slideMpp = resolutions?.FindId(slide) ?? options.SlideMpp;
            var (bag, layout) = FeatureFile.Read(path, options with { SlideMpp = slideMpp });
            if (bag is not { Geometry: not null, Coords.Length: > 0 } && layout is FeatureLayout.Stamp or FeatureLayout.Clam && told.Add(layout))
                Screen.Say(layout == FeatureLayout.Stamp && slideMpp is not null ? "Some files in STAMP layout do not say what their places or tiles are measured in, so they get no .tiles.geojson."
                    : $"Files in {FeatureFile.Describe(layout).Split(':')[0]} do not say their slide's resolution, so they get no .tiles.geojson; give it with --mpp or --mpp-table"
                    + (layout == FeatureLayout.Clam && options.Tiles is null ? ", and the tiles with --tiles." : "."));
            return bag;
        });
        if (resolutions?.Unused() is { } unused)
            Screen.Say($"mhim: {unused}");
        return code;
    }

    /// <summary>Predicts for the bags of a table.</summary>
    /// <returns>The exit code.</returns>
    public static int RunTable(string table, string modelDir, string outDir, string device, CancellationToken cancel)
    {
        using var predictor = Predictor.Load(modelDir, device);
        var encoder = predictor.Card.Features.EncoderId;
        if (!encoder.StartsWith(BagTableReader.Encoder, StringComparison.Ordinal))
            throw new InputException("encoder-mismatch", $"The model was trained on features of `{encoder}`, not on a bag table; give --features or --slide.");
        var bags = BagTableReader.ReadBags(table, predictor.Card.Features).ToDictionary(bag => bag.SlideId, StringComparer.Ordinal);
        var names = FileNames.Of(bags.Keys);
        FileNames.Tell(names);
        return PredictBags.Run([.. bags.Keys.Select(id => new PredictBag(id, names[id], [(id, id)]))], cases: false, predictor, outDir, id =>
        {
            cancel.ThrowIfCancellationRequested();
            return bags[id];
        });
    }
}
