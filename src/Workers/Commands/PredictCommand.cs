using System.CommandLine;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;
using Mhim.Workers.Batch;
using Mhim.Workers.Models;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim predict</c>.</summary>
static class PredictCommand
{
    public static Command Create()
    {
        var slide = new Option<string?>("--slide") { Description = "Slide file", HelpName = "SLIDE" };
        var given = new Option<string?>("--features") { Description = "Feature file, or folder of them, of any layout that mhim train takes, instead of --slide", HelpName = "PATH" };
        var bags = new Option<string?>("--bags") { Description = "Bag table bag_id,bag_label,f0,…, for a model that was trained on one; the labels may be empty", HelpName = "CSV" };
        var cases = new Option<string?>("--cases")
            { Description = "With --features: table case_id,slide_id (a label table will do); all slides of a case are one bag, as in training with --bag-per patient or on survival, and predictions.csv has a row per case", HelpName = "CSV" };
        var patient = new Option<string?>("--patient-column") { Description = "Column of --cases with the case", HelpName = "NAME" };
        var slideColumn = new Option<string?>("--slide-column") { Description = "Column of --cases with the slide", HelpName = "NAME" };
        var (files, tissue) = (new FeatureOptions(), new TissueChoices());
        var model = new Option<string>("--model") { Description = "Model folder, or the folder of a run (its best model)", Required = true, HelpName = "DIR" };
        var folder = SharedOptions.Out("Gets prediction.json, heatmap.png, tiles.geojson, top-tiles/, tiles.h5 and features.h5; with --features predictions.csv, SLIDE.instances.csv (with --cases CASE.instances.csv) and SLIDE.tiles.geojson (counted from the corner of level 0: on MIRAX, SCN and BIF slides QuPath shows them shifted, use --slide there)");
        var (slideMpp, mppTable, device) = (SharedOptions.SlideMpp(), SharedOptions.MppTable(), SharedOptions.Device());
        var (keepBlurred, maxUnreadable) = (SharedOptions.KeepBlurred(), SharedOptions.MaxUnreadable());
        var command = new ExampleCommand("predict",
            "From a slide to probabilities, a heatmap, GeoJSON for QuPath and the tiles that counted most. Research use only.",
            "mhim predict --slide CMU-1.svs --model run --out result",
            "mhim predict --features features/ --model run --out result",
            "mhim predict --features features/ --cases cases.csv --model run --out result",
            "mhim predict --bags musk2.csv.gz --model run --out result") { slide, given, cases, patient, slideColumn, bags, model, folder, slideMpp, mppTable, device };
        files.AddTo(command);
        tissue.AddTo(command);
        command.Options.Add(keepBlurred);
        command.Options.Add(maxUnreadable);
        command.GoesOn = true; // of features and tables PredictBags says itself what is left
        command.SetAction((parsed, cancel) =>
        {
            var (slidePath, features) = (parsed.GetValue(slide), parsed.GetValue(given));
            var table = parsed.GetValue(bags);
            if (new[] { slidePath, features, table }.Count(input => input is not null) != 1)
                throw new InputException("predict-input", "Give either --slide or --features, or --bags.");
            string[] idle = [.. tissue.Typed(parsed), .. ((Option[])[keepBlurred, maxUnreadable]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (slidePath is null && idle.Length > 0)
                throw new InputException("predict-input", $"{string.Join(", ", idle)}: with {(features is null ? "--bags there are no tiles" : "--features the tiles are cut already")}. Leave it out, or give --slide.");
            tissue.RequireUse(parsed);
            if (table is not null && ((Option[])[slideMpp, mppTable]).Where(option => parsed.GetResult(option) is not null).ToList() is { Count: > 0 } pixels)
                throw new InputException("setting-without-use", $"{string.Join(", ", pixels.Select(option => option.Name))}: a bag table knows no pixels; leave it out, or give --slide or --features.");
            if (features is null && files.Typed(parsed) is { Count: > 0 } said)
                throw new InputException("predict-input", $"{string.Join(", ", said)}: that is said of feature files; leave it out, or give --features.");
            var caseTable = parsed.GetValue(cases);
            if (features is null && caseTable is not null)
                throw new InputException("predict-input", "--cases says which feature files make one bag; leave it out, or give --features.");
            if (caseTable is null && ((Option<string?>[])[patient, slideColumn]).Where(option => parsed.GetValue(option) is not null).ToList() is { Count: > 0 } columns)
                throw new InputException("predict-input", $"{string.Join(", ", columns.Select(option => option.Name))}: that is said of a table of cases; leave it out, or give --cases.");
            var outDir = parsed.GetRequiredValue(folder);
            OutFolder.RequireNoFile(outDir);
            // Its predictions.csv is what was said of held-out cases; of those that it learned from a model says better things.
            if (RunFolder.Holds(outDir) is { } taken)
                throw new InputException("out-in-use", $"`{outDir}` holds a {taken}: predictions would lie among that run's own, or replace them. Name a folder of its own.");
            var modelDir = ModelPath.Find(parsed.GetRequiredValue(model));
            if (table is not null)
                return Task.FromResult(PredictFeatures.RunTable(table, modelDir, outDir, parsed.GetValue(device)!, cancel));
            var resolutions = SharedOptions.ReadMppTable(parsed, mppTable);
            if (features is not null)
                return Task.FromResult(PredictFeatures.Run(features,
                    caseTable is null ? null : (caseTable, new CohortOptions { PatientColumn = parsed.GetValue(patient), SlideColumn = parsed.GetValue(slideColumn) }), modelDir, outDir, parsed.GetValue(device)!,
                    files.Read(parsed) with { SlideMpp = parsed.GetValue(slideMpp) }, resolutions, cancel));
            var named = SlideEntry.Of(slidePath!);
            if (resolutions is not null && StatedSlide.MppOf(named, resolutions) is null)
                Screen.Say($"mhim: {resolutions.Unused()}");
            var source = StatedSlide.Open(named, resolutions, parsed.GetValue(slideMpp));
            var wanted = ModelSummary.Load(modelDir);
            var settings = tissue.Read(parsed, FeatureSettings.For(wanted.EncoderId, wanted.Mpp, wanted.TileSize)) with { KeepBlurred = parsed.GetValue(keepBlurred), MaxUnreadable = parsed.GetValue(maxUnreadable) };
            return Task.FromResult(PredictSlide.Run(source, settings, modelDir, outDir, parsed.GetValue(device)!, cancel));
        });
        return command;
    }
}
