using Mhim.Api.Audit;
using Mhim.Api.Cohorts;
using Mhim.Api.Encoders;
using Mhim.Api.Jobs;
using Mhim.Api.Keys;
using Mhim.Api.Models;
using Mhim.Api.Operations;
using Mhim.Api.Opinions;
using Mhim.Api.Predictions;
using Mhim.Api.Runs;
using Mhim.Api.Slides;
using Mhim.Api.Uploads;
using Mhim.Api.Worklist;
using Mhim.Data.Entities;
using Mhim.Mil.Metrics;
using Mhim.Mil.Reports;
using Mhim.Tiling.Slides;
using Mhim.Workers.Cohorts;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Runs;
using Microsoft.AspNetCore.Mvc;

namespace Mhim.Api.Hosting;

/// <summary>What requests and answers look like, for the API document; of real types, so that an example cannot fall behind.</summary>
static class ApiExamples
{
    static readonly Guid slide = new("0193c1d2-7a54-7c11-9a0e-5f2d8a7b6c01"), job = new("0193c1d2-7a60-7f3e-8b1d-2c4e6f8a0b02"), model = new("0193c1d5-01aa-7d20-b3c4-d5e6f7a8b903"),
        prediction = new("0193c1d6-1b2c-7e31-8d4e-5f6071829304"), cohort = new("0193c1d7-2c3d-7f42-9e5f-607182930405"), run = new("0193c1d8-3d4e-7a53-8f60-718293041506"), other = new("0193c1d8-3d4e-7a53-8f60-718293041507");

    static readonly DateTime time = new(2026, 3, 14, 9, 26, 53, DateTimeKind.Utc);
    static readonly string hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    static readonly Dictionary<Type, object> known = All().ToDictionary(example => example.GetType());

    /// <summary>An example of a type, a page or a list of it; null: there is none.</summary>
    public static object? Of(Type type)
    {
        if (known.TryGetValue(type, out var example))
            return example;
        if (!type.IsGenericType || Of(type.GenericTypeArguments[0]) is not { } item)
            return null;
        var items = Array.CreateInstance(type.GenericTypeArguments[0], 1);
        items.SetValue(item, 0);
        return type.GetGenericTypeDefinition() == typeof(Page<>) ? Activator.CreateInstance(type, items, null)
            : type.IsAssignableFrom(items.GetType()) ? items : null;
    }

    static IEnumerable<object> All()
    {
        var slideDto = new SlideDto(slide, "TCGA-05-4244-01Z-00-DX1", "TCGA-05-4244-01Z-00-DX1.svs", hash, 391_237_632, SlideState.Ready, null, null, 0.2525, "openslide", null, false,
            "aperio", 63_743, 38_144, 3, 40, 0.31, 4_812, time);
        var jobDto = new JobDto(job, JobKind.Extract, JobQueues.Gpu, JobState.Running, slide, null, null, null, null, "stain-texture-0.5-256", 0.62, "encoding 4812 tiles", 1, null, null,
            time, time, null);
        yield return slideDto;
        yield return jobDto;
        yield return new SlideDetailsDto(slideDto, [new SlideStepDto("inspect", JobState.Succeeded, 1, null), new SlideStepDto("tile", JobState.Succeeded, 1, job)], [jobDto],
            new SlideResolutionDto(0.2525, ResolutionSource.OpenSlide, ResolutionConfidence.High, []), null, new Dictionary<string, long> { ["read"] = 4_812, ["no-tissue"] = 9_120 });
        yield return new SlideViewDto(63_743, 38_144, new SlideBounds(0, 0, 63_743, 38_144), 0.2525, 40,
            new SlideGridDto(256, 507, 0.5, [0, 507], [0], ["read", "no-tissue", "pen", "dark-edge", "blur", "unreadable"], "AAE="));
        yield return new SlideChange(0.25);
        yield return new ModelDto(model, "lung, fold 0", hash, "stain-texture", 96, 0.5, 256, ["LUAD", "LUSC"], run, "fold-0/mhim", time);
        yield return new PredictionRequest(slide, model);
        yield return new PredictionDto(prediction, slide, slideDto.Name, "TCGA-05-4244", model, "lung, fold 0", JobState.Succeeded, 1, job, null, null, "LUAD",
            [new ClassProbabilityDto("LUAD", 0.91), new ClassProbabilityDto("LUSC", 0.09)], [1, 2, 3], time);
        yield return new KeyRequest("scanner room 2", Role.Researcher, 365);
        var key = new KeyDto(new("0193c1d9-4e5f-7b64-9071-829304150607"), "scanner room 2", "mhim_4fQ2", Role.Researcher, time, time.AddDays(365), null, null);
        yield return key;
        yield return new NewKeyDto("mhim_4fQ2…", key);
        yield return new SessionRequest("mhim_4fQ2…");
        yield return new MeDto("key:0193c1d9-4e5f-7b64-9071-829304150607", "scanner room 2", Role.Researcher);
        yield return new AuditDto(1207, time, "key:0193c1d9-4e5f-7b64-9071-829304150607", "scanner room 2", "DELETE /api/v1/slides/{id:guid}", $"/api/v1/slides/{slide}", 204, "10.0.0.17");
        yield return new EncoderDto("stain-texture", true, true, 256, 0.5, 96, null, null, null);
        var statistics = new CohortStatistics(1043, 956, 1043, [new ClassCount("LUAD", 531, 478, 531), new ClassCount("LUSC", 512, 478, 512)], null, null, null,
            [new SiteCount("05", 74, 70)], []);
        yield return new CohortDto(cohort, "TCGA lung", "classification", hash, ["CLAM table: case_id, slide_id, label.", "1043 slides of 956 patients.", "1043 rows in 2 classes: 531 `LUAD`, 512 `LUSC`."], new CohortReading(),
            statistics, new CohortSlidesDto(1030, 5, 2, 6), time);
        yield return new CohortSlideDto("TCGA-05-4244-01Z-00-DX1", "TCGA-05-4244", "LUAD", null, null, slide, SlideState.Ready);
        SplitPart Part(int rows) => new(rows, rows, new Dictionary<string, int> { ["LUAD"] = rows / 2, ["LUSC"] = rows - rows / 2 }, null, ["TCGA-05-4244-01Z-00-DX1"]);
        yield return new SplitsDto([new SplitPreview(0, Part(667), Part(167), Part(209), [])], [new SplitPatient("TCGA-05-4244", "05", "LUAD", 1, ["test", "train", "train", "validation", "train"])],
            [new SplitCheck("patient-leakage", true, "No patient and no slide is in two parts of a fold: 956 patients in 5 folds were checked.")], 0);
        SurvivalGroup Group(string name) => new(name, 240, 61, 1840, 4502, [new SurvivalStep(31, 0.996, 0.971, 0.999, 240, 1), new SurvivalStep(55, 0.992, 0.967, 0.998, 238, 1)], [40, 812]);
        yield return new CohortSurvivalDto(240, [Group("All patients")]);
        var curve = new CurveFigure("LUSC", 0.94, [new FigurePoint(0, 0, null), new FigurePoint(0.02, 0.61, 0.93), new FigurePoint(1, 1, 0.01)]);
        yield return new RunFiguresDto(new RunFigures("classification", ["LUAD", "LUSC"],
            [
                new ModelFigures("MHIM on AB-MIL", "mhim", [new FoldTraining(0, 31, "auc", 0.95, 0.94, 412.5, null, [new EpochFigure(0.61, 0.58, 0.81, 0.4)])])
                {
                    Roc = [curve], PrecisionRecall = [curve], Calibration = [new CalibrationFigure("LUSC", [new CalibrationPoint(0.31, 0.28, 40)])], Confusion = [[470, 61], [49, 463]], WrongCases = 110,
                    MostWrong = [new WrongCase("TCGA-05-4244-01Z-00-DX1", "TCGA-05-4244", 2, "LUAD", "LUSC", 0.03)],
                },
            ]), [new CaseSlideDto("TCGA-05-4244-01Z-00-DX1", slide, "TCGA-05-4244-01Z-00-DX1", [new CasePredictionDto(prediction, "fold-2/mhim")])]);
        yield return new RunComparisonDto(run, "lung, MHIM", other, "lung, plain", new RunComparison(1035, 0, 0, "auc", 0.94, 0.91,
            new ModelComparison("here", "there", "auc", 0.03, 0.01, 0.05, 0.004, 0.003), new RunSwings(61, 34)));
        yield return new RunRequest(cohort, "lung, MHIM", "mhim-v2", Folds: 5, Seed: 1, SkipMissing: true, Epochs: 100);
        yield return new RunDto(run, "lung, MHIM", cohort, "TCGA lung", "stain-texture-0.5-256", new RunSettings { Epochs = 100, Slides = 1035, SlidesLeftOut = 8 }, RunState.Running, 0.44,
            new RunFeaturesDto(1035, 1035, 0), [new RunFoldDto(0, job, JobState.Running, 0.44, "mhim, epoch 31 of 100")], null, null, null, null, time, null);
        yield return new RunModelsRequest("best", "lung");
        yield return new FoldCurve(0, "auc", 100, [new RunEpoch("baseline", 1, 0.69, 0.58, 0.68, 1), new RunEpoch("mhim", 1, 1.42, 0.74, 0.63, 0.78, 3_753)], time, 310, 0.03);
        yield return new TileTable(4_812, 256, 507, 0.5, 0.2525, 63_743, 38_144, 49, 4_763,
            [new TileSeries("attention", "attention", false, 0.000001, 0.0081), new TileSeries("LUAD", "class", false, 0.02, 0.98), new TileSeries("LUSC", "class", true, 0.02, 0.98)]);
        yield return new OpinionRequest(false, "LUSC", "Keratinisation at the lower edge.");
        yield return new OpinionDto(new("0193c1da-5f60-7c75-a182-930415260708"), prediction, slide, slideDto.Name, model, "lung, fold 0", "LUAD", "key:0193c1d9-4e5f-7b64-9071-829304150607", "Dr. Kim", true,
            false, "LUSC", "Keratinisation at the lower edge.", time, time);
        yield return new WorklistItemDto(slide, slideDto.Name, "TCGA-05-4244", ["LUAD", "LUSC"], [0.55, 0.45], 0.99, 0.31,
            [new WorklistAnswerDto(prediction, model, "lung, fold 0", "LUAD", 0.91)], "2 models do not agree: 1 call LUAD, 1 call LUSC.", 0, 1, true);
        yield return new SystemDto("1.0.0", time, "postgres", new DiskDto(812_000_000_000, 2_000_000_000_000, [new DiskUseDto("slides", 4_120, 1_120_000_000_000)]),
            [new WorkerDto(new("0193c1db-6071-7d86-b293-041526370809"), "gpu-1", 4711, ["gpu"], "cuda:0", "1.0.0", time, time, true)], [new QueueDto("gpu", 1, 3, 12, 1, 0, time)]);
        yield return new UploadDto(new("5b0c6f9a-91d4-4c37-8a55-1f2e3d4c5b6a"), "TCGA-05-4244-01Z-00-DX1.svs", 391_237_632, 104_857_600, UploadState.Receiving, null, null, null, time.AddDays(1));
        yield return new ProblemDetails
        {
            Type = "https://tools.ietf.org/html/rfc9110#section-15.5.1", Title = "Bad Request", Status = 400, Detail = "'folds' is from 2 to 20.",
            Extensions = { ["code"] = "request-unreadable", ["errors"] = new Dictionary<string, string[]> { ["folds"] = ["'folds' is from 2 to 20."] } },
        };
    }
}
