using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Features;
using Mhim.Mil;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Workers.Runs;

/// <summary>How a run learns: a preset, and what is to be otherwise. Null: as the preset has it.</summary>
public sealed record RunSettings
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Words for a preset: methods, and backbones, which stand for the plain method over them.</summary>
    public static IReadOnlyList<string> PresetNames { get; } = [.. Presets.Methods, .. Presets.Backbones];

    /// <summary>Words for what a student starts from.</summary>
    public static IReadOnlyList<string> Starts { get; } = [.. Enum.GetNames<StudentStart>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    /// <summary>One of <see cref="PresetNames"/>.</summary>
    public string Preset { get; init; } = "mhim-v2";

    /// <summary>What carries the method, one of <see cref="Presets.Backbones"/>; null: abmil, or what the preset names.</summary>
    public string? Backbone { get; init; }

    /// <summary>Patient-level folds, 2 to 20; each is a job.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Decides splits, weights and draws; 0 to 2147483647.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Share of the patients outside the test part that validates, 0.05 to 0.5.</summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Keeps each site whole, so that test slides come from sites never seen.</summary>
    public bool PreserveSites { get; init; }

    /// <summary>Epochs at most, 1 to 2000.</summary>
    public int? Epochs { get; init; }

    /// <summary>Learning rate, above 0, at most 1.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Weight decay, 0 to 1.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Numbers per instance after the projection, a multiple of 8 from 8 to 4096.</summary>
    public int? Width { get; init; }

    /// <summary>Share of the projected numbers that training drops, 0 to 0.95.</summary>
    public double? Dropout { get; init; }

    /// <summary>Share of the instances that the student does not see, 0 to 0.95.</summary>
    public double? MaskRatio { get; init; }

    /// <summary>Share of the rest that the student sees as it is, 0 to 1.</summary>
    public double? KeepRatio { get; init; }

    /// <summary>Weight of the tie between student and teacher, 0 to 100.</summary>
    public double? Consistency { get; init; }

    /// <summary>What of the baseline MHIM's student starts from, one of <see cref="Starts"/>.</summary>
    public string? Student { get; init; }

    /// <summary>Learning rate of MHIM alone, above 0, at most 1; null: as <see cref="LearningRate"/> says.</summary>
    public double? MhimLr { get; init; }

    /// <summary>Tries settings of MHIM in each fold and takes the best on validation: one of <see cref="SearchGrid.Names"/>; null: no search.</summary>
    public string? Search { get; init; }

    /// <summary>How often each training is done again with other initial weights, 0 to 100; the best on validation is kept.</summary>
    public int Restarts { get; init; }

    /// <summary>Censored cases weigh 1 − α in the survival loss, 0 ≤ α &lt; 1; survival only. Null: 0.</summary>
    public double? SurvivalAlpha { get; init; }

    /// <summary>Fits a temperature on each fold's validation part; classes only.</summary>
    public bool Calibrate { get; init; }

    /// <summary>Slides that the run learns from; set when it is planned.</summary>
    public int Slides { get; init; }

    /// <summary>Slides of the cohort that were left out because the service does not have them ready; set when the run is planned.</summary>
    public int SlidesLeftOut { get; init; }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static RunSettings Parse(string json) => JsonSerializer.Deserialize<RunSettings>(json, Json)!;

    /// <summary>One line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Notes what is out of range.</summary>
    public void Check(FieldChecks checks)
    {
        checks.Require(PresetNames.Contains(Preset), "preset", $"'preset' is one of {string.Join(", ", PresetNames)}.");
        checks.Require(Backbone is null || Presets.Backbones.Contains(Backbone), "backbone", $"'backbone' is one of {string.Join(", ", Presets.Backbones)}.");
        checks.Require(Backbone is null || !Presets.Backbones.Contains(Preset), "backbone", "The preset names a backbone already; leave 'backbone' out.");
        checks.Require(Folds is >= 2 and <= 20, "folds", "'folds' is from 2 to 20.");
        checks.Require(Seed >= 0, "seed", "'seed' is from 0 to 2147483647.");
        checks.Require(ValidationShare is >= 0.05 and <= 0.5, "validationShare", "'validationShare' is from 0.05 to 0.5.");
        checks.Require(Epochs is null or (>= 1 and <= 2000), "epochs", "'epochs' is from 1 to 2000.");
        checks.Require(LearningRate is null or (> 0 and <= 1), "learningRate", "'learningRate' lies above 0 and is at most 1.");
        checks.Require(WeightDecay is null or (>= 0 and <= 1), "weightDecay", "'weightDecay' is from 0 to 1.");
        checks.Require(Width is null or (>= 8 and <= 4096) && Width % 8 is null or 0, "width", "'width' is a multiple of 8 from 8 to 4096.");
        checks.Require(Dropout is null or (>= 0 and <= 0.95), "dropout", "'dropout' is from 0 to 0.95.");
        checks.Require(MaskRatio is null or (>= 0 and <= MaskingOptions.Most), "maskRatio", FormattableString.Invariant($"'maskRatio' is from 0 to {MaskingOptions.Most}."));
        checks.Require(KeepRatio is null or (> 0 and <= 1), "keepRatio", "'keepRatio' is above 0 and at most 1.");
        checks.Require(Consistency is null or (>= 0 and <= 100), "consistency", "'consistency' is from 0 to 100.");
        checks.Require(Student is null || Starts.Contains(Student), "student", $"'student' is one of {string.Join(", ", Starts)}.");
        checks.Require(MhimLr is null or (> 0 and <= 1), "mhimLr", "'mhimLr' lies above 0 and is at most 1.");
        checks.Require(Search is null || SearchGrid.Names.Contains(Search), "search", $"'search' is one of {string.Join(", ", SearchGrid.Names)}.");
        checks.Require(Restarts is >= 0 and <= 100, "restarts", "'restarts' is from 0 to 100.");
        checks.Require(SurvivalAlpha is null or (>= 0 and < 1), "survivalAlpha", "'survivalAlpha' is from 0 to below 1.");
    }

    /// <summary>All that training wants to know.</summary>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="FieldException"><c>setting-without-use</c>, <c>preset-unknown</c>.</exception>
    public RunOptions Options(string device = "auto")
    {
        RunOptions basis;
        try
        {
            basis = Preset switch
            {
                _ when Presets.Backbones.Contains(Preset) => Presets.Of("plain", Preset),
                _ => Presets.Of(Preset, Backbone ?? "abmil"),
            };
        }
        catch (InputException e)
        {
            throw new FieldException(e.Code, Presets.Backbones.Contains(Backbone) ? "backbone" : "preset", e.Message.Replace("Take --preset plain", "Take the preset 'plain'"), e);
        }
        return Changes.Apply(basis, Unused) with
        {
            Seed = (ulong)Seed, Device = device, Calibrate = Calibrate, Restarts = Restarts, SurvivalAlpha = SurvivalAlpha ?? 0,
            Folds = new FoldOptions { Folds = Folds, Seed = Seed, ValidationShare = ValidationShare, PreserveSites = PreserveSites },
        };
    }

    RunChanges Changes => new()
    {
        Epochs = Epochs, LearningRate = LearningRate, WeightDecay = WeightDecay, Width = Width, Dropout = Dropout,
        MaskRatio = MaskRatio, KeepRatio = KeepRatio, Consistency = Consistency, MhimLr = MhimLr,
        Search = Search is null ? null : SearchGrid.Named(Search), Student = Student is null ? null : Enum.Parse<StudentStart>(Student, ignoreCase: true),
    };

    static FieldException Unused(string setting, string what)
    {
        var field = JsonNamingPolicy.CamelCase.ConvertName(setting);
        return new FieldException("setting-without-use", field, $"'{field}' changes the {what}, and this preset has none; leave it out, or take mhim-v2.");
    }
}
