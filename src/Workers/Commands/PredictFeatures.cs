using System.Globalization;
using System.Text;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Tiling.Heatmaps;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim predict --features</c> and <c>--bags</c>: from feature files of any layout, or a bag table, without slides.</summary>
static class PredictFeatures
{
    /// <summary>Predicts for a file or a folder.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string features, string modelDir, string outDir, string device, FeatureFileOptions options, MppTable? resolutions, CancellationToken cancel)
    {
        features = FeatureFolder.Resolve(features, options.EncoderId);
        var files = Directory.Exists(features) ? FeatureFolder.List(features) : [(Path.GetFileNameWithoutExtension(features), features)];
        if (files.Count == 0)
            throw new InputException("features-missing", $"The folder '{features}' holds no feature files (SLIDE.h5 or SLIDE.pt).");
        var told = new HashSet<FeatureLayout>();
        var ids = files.ToDictionary(file => file.Item2, file => file.Item1);
        return Run([.. files.Select(file => file.Path)], path => ids[path], path => ids[path], modelDir, outDir, device, resolutions, path =>
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
    }

    /// <summary>Predicts for the bags of a table.</summary>
    /// <returns>The exit code.</returns>
    public static int RunTable(string table, string modelDir, string outDir, string device, CancellationToken cancel)
    {
        var encoder = ModelSummary.Load(modelDir).EncoderId;
        if (!encoder.StartsWith(BagTableReader.Encoder, StringComparison.Ordinal))
            throw new InputException("encoder-mismatch", $"The model was trained on features of `{encoder}`, not on a bag table; give --features or --slide.");
        var bags = BagTableReader.ReadBags(table, encoder).ToDictionary(bag => bag.SlideId, StringComparer.Ordinal);
        var names = FileNames.Of(bags.Keys);
        FileNames.Tell(names);
        return Run([.. bags.Keys], id => id, id => names[id], modelDir, outDir, device, null, id =>
        {
            cancel.ThrowIfCancellationRequested();
            return bags[id];
        });
    }

    static int Run(IReadOnlyList<string> items, Func<string, string> idOf, Func<string, string> fileOf, string modelDir, string outDir, string device, MppTable? resolutions, Func<string, FeatureBag> read)
    {
        using var predictor = Predictor.Load(modelDir, device);
        // What is not predicted now must not be there as if it were: from another model, or features that have changed.
        var table = Path.Combine(outDir, "predictions.csv");
        Remove(table);
        var survival = predictor.Card.TimeBins.Count > 0;
        string[] header = ["slide", "tiles", .. survival ? (string[])["risk"] : ["predicted", .. predictor.Card.Classes.Select(name => $"probability {name}")]];
        // For programs: the survival curve and what the teacher would mask too. On the console a line a slide is enough.
        string[] more = [.. predictor.Card.TimeBins.Skip(1).Select(end => string.Create(CultureInfo.InvariantCulture, $"survival to {end:0.###}")), "easy", "hard"];
        IReadOnlyList<string> scored = survival ? [.. predictor.Card.TimeBins.Skip(1).Select(end => string.Create(CultureInfo.InvariantCulture, $"event to {end:0.###}"))] : predictor.Card.Classes;
        var (rows, shown) = (new List<string[]>(), new List<string[]>());
        var code = OneByOne.ForEach(items, item =>
        {
            var (slide, file) = (idOf(item), fileOf(item));
            var (instances, tiles) = (Path.Combine(outDir, file + ".instances.csv"), Path.Combine(outDir, file + ".tiles.geojson"));
            Remove(instances, tiles);
            var bag = read(item);
            var prediction = predictor.Predict(bag);
            PredictInstances.Write(instances, bag, prediction, scored);
            string[] Row(Func<double, string> number) => [slide, $"{bag.Count}",
                .. survival ? (string[])[number(prediction.Risk!.Value)] : [prediction.Classes[prediction.PredictedClass], .. prediction.Probabilities.Select(p => number(p))]];
            shown.Add(Row(p => string.Create(CultureInfo.InvariantCulture, $"{p:0.0000}")));
            // Ranks and sums are made of what a file says: it is not rounded.
            rows.Add([.. Row(Number), .. (prediction.Survival ?? []).Select(p => Number(p)), $"{prediction.Mask?.Easy.Count}", $"{prediction.Mask?.Hard.Count}"]);
            // Uncropped: a feature file does not say its slide's bounds.
            if (bag is { Geometry: { } geometry, Coords.Length: > 0 })
                TileGeoJson.Write(tiles, bag.Coords, geometry, new Dictionary<string, float[]>
                {
                    [survival ? $"score {PredictStep.Risk}" : $"score {prediction.Classes[prediction.ScoredClass]}"] = prediction.InstanceScores, ["attention"] = prediction.Attention,
                });
        });
        if (resolutions?.Unused() is { } unused)
            Screen.Say($"mhim: {unused}");
        if (rows.Count == 0)
            return code;
        var text = new StringBuilder();
        foreach (var row in rows.Prepend([.. header, .. more]))
            text.Append(Csv.Line(row));
        AtomicFile.WriteAllText(table, text.ToString());
        TextTable.Print(header, shown);
        Console.Out.WriteLine($"Research use only. Not for diagnosis. Written to {Path.GetFullPath(outDir)}");
        return code;
    }

    static void Remove(params ReadOnlySpan<string> results)
    {
        foreach (var result in results)
            if (File.Exists(result))
                File.Delete(result);
    }

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
