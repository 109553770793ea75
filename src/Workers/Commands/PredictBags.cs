using System.Globalization;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Inference;
using Mhim.Tiling.Heatmaps;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>A slide or case to be predicted.</summary>
/// <param name="Id">As the user names it.</param>
/// <param name="File">The beginning of its files' names.</param>
/// <param name="Slides">Its slides by id, in the bag's order, and where each is read from.</param>
sealed record PredictBag(string Id, string File, IReadOnlyList<(string Id, string Source)> Slides);

/// <summary>What <c>mhim predict</c> writes of bags without their slides: a row each in <c>predictions.csv</c>, and files about their instances.</summary>
static class PredictBags
{
    /// <summary>Predicts for each bag.</summary>
    /// <param name="bags">All of them.</param>
    /// <param name="cases">Whether they are cases, of several slides each.</param>
    /// <param name="predictor">The model.</param>
    /// <param name="outDir">Gets the files.</param>
    /// <param name="read">Reads the features of a slide's source.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="Interruption">Cancelled; the rows so far are in <c>predictions.partial.csv</c>, and what an earlier call said is still there.</exception>
    /// <exception cref="InputException"><c>out-in-use</c>, or what is wrong with a single bag.</exception>
    public static int Run(IReadOnlyList<PredictBag> bags, bool cases, Predictor predictor, string outDir, Func<string, FeatureBag> read)
    {
        using var ours = FolderLock.ToPredict(outDir);
        var (table, partial) = (Path.Combine(outDir, "predictions.csv"), Path.Combine(outDir, "predictions.partial.csv"));
        Remove(partial);
        var survival = predictor.Card.TimeBins.Count > 0;
        string[] header = [.. cases ? (string[])["case", "slides"] : ["slide"], "tiles", .. survival ? (string[])["risk"] : ["predicted", .. predictor.Card.Classes.Select(name => $"probability {name}")]];
        // For programs: the survival curve and what the teacher would mask too. On the console a line a bag is enough.
        string[] more = [.. predictor.Card.TimeBins.Skip(1).Select(end => string.Create(CultureInfo.InvariantCulture, $"survival to {end:0.###}")), "easy", "hard"];
        IReadOnlyList<string> scored = survival ? [.. predictor.Card.TimeBins.Skip(1).Select(end => string.Create(CultureInfo.InvariantCulture, $"event to {end:0.###}"))] : predictor.Card.Classes;
        var what = cases ? "cases" : "slides";
        var (rows, shown) = (new List<string[]>(), new List<string[]>());
        // An error nobody thought of names the file where there is one.
        var named = bags.ToDictionary(bag => cases ? bag.Id : bag.Slides[0].Source);
        int code;
        try
        {
            code = OneByOne.ForEach([.. named.Keys], Predict, what);
        }
        catch (OperationCanceledException e)
        {
            // Beside the whole table of an earlier call, which hours may lie in, and under a name that nobody takes for one.
            if (rows.Count > 0)
                Write(partial);
            throw new Interruption((rows.Count == 0 ? $"; none of {bags.Count} {what} was predicted." : $"; {rows.Count} of {bags.Count} {what} were predicted, their rows are in '{partial}'; the same command begins anew.")
                + (File.Exists(table) ? $" '{table}' is still that of an earlier call." : ""), e);
        }
        catch
        {
            Remove(table); // as below: the only bag failed
            throw;
        }
        // What is not predicted now must not be there as if it were: from another model, or features that have changed.
        if (rows.Count == 0)
        {
            Remove(table);
            return code;
        }
        Write(table);
        TextTable.Print(header, shown);
        Console.Out.WriteLine($"Research use only. Not for diagnosis. Written to {Path.GetFullPath(outDir)}");
        return code;

        void Write(string path) => AtomicFile.WriteAllText(path, string.Concat(rows.Prepend([.. header, .. more]).Select(row => Csv.Line(row))));

        void Predict(string key)
        {
            var bag = named[key];
            var instances = Path.Combine(outDir, bag.File + ".instances.csv");
            var tiles = bag.Slides.Select(slide => Path.Combine(outDir, (cases ? slide.Id : bag.File) + ".tiles.geojson")).ToArray();
            Remove([instances, .. tiles]);
            var slides = bag.Slides.Select(slide => (slide.Id, Bag: read(slide.Source))).ToList();
            var prediction = cases ? predictor.PredictCase(bag.Id, [.. slides.Select(slide => slide.Bag)]) : predictor.Predict(slides[0].Bag);
            PredictInstances.Write(instances, slides, cases, prediction, scored);
            string[] Row(Func<double, string> number) =>
            [
                bag.Id, .. cases ? (string[])[$"{slides.Count}"] : [], $"{slides.Sum(slide => slide.Bag.Count)}",
                .. survival ? (string[])[number(prediction.Risk!.Value)] : [prediction.Classes[prediction.PredictedClass], .. prediction.Probabilities.Select(p => number(p))],
            ];
            shown.Add(Row(p => string.Create(CultureInfo.InvariantCulture, $"{p:0.0000}")));
            // Ranks and sums are made of what a file says: it is not rounded.
            rows.Add([.. Row(Number), .. (prediction.Survival ?? []).Select(p => Number(p)), $"{prediction.Mask?.Easy.Count}", $"{prediction.Mask?.Hard.Count}"]);
            var from = 0;
            foreach (var (slide, path) in slides.Zip(tiles))
            {
                var of = from..(from += slide.Bag.Count);
                // Uncropped: a feature file does not say its slide's bounds.
                if (slide.Bag is { Geometry: { } geometry, Coords.Length: > 0 })
                    TileGeoJson.Write(path, slide.Bag.Coords, geometry, new Dictionary<string, float[]>
                    {
                        [survival ? $"score {PredictStep.Risk}" : $"score {prediction.Classes[prediction.ScoredClass]}"] = prediction.InstanceScores[of], ["attention"] = prediction.Attention[of],
                    });
            }
        }
    }

    static void Remove(params ReadOnlySpan<string> results)
    {
        foreach (var result in results)
            if (File.Exists(result))
                File.Delete(result);
    }

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
