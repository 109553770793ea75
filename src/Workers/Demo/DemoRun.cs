using System.Diagnostics;
using Mhim.Features.Files;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Reports;
using Mhim.Mil.Training;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Synthetic;
using Mhim.Workers.Commands;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Demo;

/// <summary>
/// The whole way of the data on a cohort that needs no download: slides are drawn, then treated as any laboratory's: tiled, encoded, a baseline and MHIM
/// trained on patient-level folds, every slide predicted by the model that has not seen its patient. What is there already is not made again.
/// </summary>
/// <param name="folder">Gets everything.</param>
/// <param name="slides">How many slides, at least 12.</param>
/// <param name="seed">Decides slides, folds, weights and draws.</param>
sealed class DemoRun(string folder, int slides, int seed)
{
    const int Folds = 4, GallerySlides = 6;
    static readonly FeatureSettings Settings = new();
    readonly DemoCohort cohort = new(folder, slides, seed);

    string RunDir => Path.Combine(folder, "run");
    string FeaturesDir => Path.Combine(folder, "features");
    string PredictionDir(string slideId) => Path.Combine(folder, "predictions", slideId);

    /// <summary>Runs it, and says at the end how well it went.</summary>
    /// <returns>What the closing table needs.</returns>
    public DemoOutcome Run(CancellationToken cancel)
    {
        AtomicFile.SweepTemporaries(folder, TimeSpan.FromMinutes(10)); // of a run that was killed
        var clock = Stopwatch.StartNew();
        void Timed(int step, string what, string detail)
        {
            Screen.Say($"[{step}/5] {what}: {detail} ({clock.Elapsed.TotalSeconds:0} s)");
            clock.Restart();
        }

        int drawn = Screen.Run("drawing", progress => cohort.Draw(progress, cancel));
        Timed(1, "slides", drawn == 0 ? $"{slides} are there" : $"{drawn} of {slides} drawn");

        int tiles = Screen.Run("extracting", progress => Extract(progress, cancel));
        Timed(2, "features", $"{tiles} tiles of {slides} slides");

        var labelled = CohortReader.Read(cohort.LabelsPath);
        var bags = new FolderBagSource(FeaturesDir);
        var result = Screen.Run("training", progress => Train(labelled, bags, progress, cancel));
        Timed(3, "training", $"{Folds} folds, baseline and MHIM in each");

        Screen.Run("predicting", progress => Predict(result, progress, cancel));
        Timed(4, "predictions", $"{slides} slides, each by the model that has not seen its patient");

        var truth = result.Summaries.ToDictionary(s => s.Stage, s => DemoTruth.Of(result, RunDir, s.Stage, bags, cohort.TruthPath));
        ModelFolderCopy.Write(Path.Combine(RunDir, result.BestModel), Path.Combine(folder, "model"));
        var evaluation = RunReportFiles.Write(Report(result, labelled, truth), folder);
        Timed(5, "report", Path.Combine(folder, "report.html"));
        return new DemoOutcome(result, evaluation, truth);
    }

    int Extract(IProgress<StepProgress> progress, CancellationToken cancel)
    {
        int tiles = 0, done = 0;
        foreach (var slide in cohort.Slides)
        {
            cancel.ThrowIfCancellationRequested();
            var source = SlideSource.FromFile(cohort.SlidePath(slide.SlideId), null);
            tiles += ExtractStep.Run(source, Settings, Path.Combine(folder, "tiles", slide.SlideId + "_patches.h5"),
                Path.Combine(FeaturesDir, slide.SlideId + ".h5"), null, cancel).Count;
            progress.Report(new StepProgress(++done / (double)cohort.Slides.Count, "finding tissue, tiles and features"));
        }
        return tiles;
    }

    RunResult Train(Cohort labelled, IBagSource bags, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var options = RunOptions.Small with { Seed = (ulong)seed, Folds = RunOptions.Small.Folds with { Folds = Folds, Seed = seed } };
        return TrainingRun.Execute(labelled, bags, options, RunDir,
            new DirectProgress<RunProgress>(p => progress.Report(new StepProgress(p.Done, $"fold {p.Fold} ({p.Fold + 1} of {p.Folds}), {p.Stage}"))), cancel);
    }

    int Predict(RunResult result, IProgress<StepProgress> progress, CancellationToken cancel)
    {
        int done = 0;
        foreach (var trained in result.Stages.Where(stage => stage.Stage == result.Summaries[^1].Stage))
            foreach (var row in trained.HeldOut)
            {
                var source = SlideSource.FromFile(cohort.SlidePath(row.Id), null);
                PredictStep.Run(source, Path.Combine(FeaturesDir, row.Id + ".h5"), Path.Combine(RunDir, trained.ModelDir), PredictionDir(row.Id), "auto", null, cancel);
                progress.Report(new StepProgress(++done / (double)cohort.Slides.Count, "predicting, drawing heatmaps"));
            }
        return done;
    }

    RunReport Report(RunResult result, Cohort labelled, IReadOnlyDictionary<string, DemoTruth> truth)
    {
        var report = RunReports.Of(result, labelled, "MHIM demo");
        var shown = cohort.Slides.Where(slide => slide.Label == SyntheticCohort.Tumour).Take(GallerySlides).ToList();
        return report with
        {
            Lead = "Drawn slides, real pipeline: tissue, tiles, stain-texture features, an AB-MIL baseline and MHIM on patient-level folds. Every figure is on patients held out.",
            Facts = [.. report.Facts, .. truth.Select(t => new ReportFact($"Tumour found by the heatmap, {t.Key}",
                $"instance AUC {t.Value.Pooled:0.000} over {t.Value.Tiles} held-out tiles ({t.Value.TumourTiles} tumour), {t.Value.PerSlide:0.000} on average per tumour slide"))],
            Galleries =
            [
                new ReportGallery("Heatmaps against the truth", "Left the slide with the drawn tumour outlined in green, right the instance scores of the MHIM model that has not seen this patient.",
                    [.. shown.SelectMany(Pair)]),
                new ReportGallery("Top tiles", "The three tiles that spoke most for tumour on each of these slides.",
                    [.. shown.SelectMany(slide => Enumerable.Range(1, 3).Select(rank =>
                        new ReportImage(Path.Combine(PredictionDir(slide.SlideId), PredictionFiles.TopTile(rank)), $"{slide.SlideId}, rank {rank}")))], Small: true),
            ],
        };
    }

    IEnumerable<ReportImage> Pair(SyntheticSlide planned)
    {
        var outlined = Path.Combine(PredictionDir(planned.SlideId), "truth.jpg");
        var heatmap = Path.Combine(PredictionDir(planned.SlideId), "heatmap.jpg");
        using (var slide = SlideFile.Open(cohort.SlidePath(planned.SlideId)))
            DemoPictures.WriteTruth(slide, TruthMask.Load(cohort.TruthPath(planned.SlideId)), outlined);
        DemoPictures.WriteJpeg(Path.Combine(PredictionDir(planned.SlideId), PredictionFiles.Heatmap), heatmap);
        yield return new ReportImage(outlined, $"{planned.SlideId}: truth");
        yield return new ReportImage(heatmap, $"{planned.SlideId}: instance score");
    }
}

/// <summary>What a demo came to.</summary>
/// <param name="Result">The run.</param>
/// <param name="Evaluation">Metrics with intervals.</param>
/// <param name="Truth">Instance AUC by stage.</param>
sealed record DemoOutcome(RunResult Result, RunEvaluation Evaluation, IReadOnlyDictionary<string, DemoTruth> Truth);
