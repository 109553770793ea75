using System.Text.Json.Serialization;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>With what the student starts.</summary>
public enum StudentStart
{
    /// <summary>Fresh weights.</summary>
    Scratch,

    /// <summary>The baseline's projection, the rest fresh.</summary>
    Projection,

    /// <summary>All of the baseline.</summary>
    Baseline,
}

/// <summary>In which precision training goes through the instances.</summary>
public enum ComputePrecision
{
    /// <summary>32 bits throughout.</summary>
    Float32,

    /// <summary>Mixed: instances in bfloat16; weights, attention weights, embeddings and losses in float32. About twice as fast where the processor has it.</summary>
    BFloat16,
}

/// <summary>A run: k folds, in each a baseline, a teacher from it, and MHIM.</summary>
public sealed record RunOptions
{
    /// <summary>The model. <see cref="MhimOptions.InputDim"/> and <see cref="MhimOptions.Outputs"/> are taken from the features and the cohort. Without
    /// masking the run is the baseline alone.</summary>
    public MhimOptions Model { get; init; } = new();

    /// <summary>How the baseline is trained.</summary>
    public TrainingOptions Baseline { get; init; } = new();

    /// <summary>How MHIM is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Whether the teacher starts from the trained baseline; if not, as a copy of the student.</summary>
    public bool TeacherFromBaseline { get; init; } = true;

    /// <summary>With what the student starts.</summary>
    public StudentStart Student { get; init; } = StudentStart.Projection;

    /// <summary>How patients are divided.</summary>
    public FoldOptions Folds { get; init; } = new();

    /// <summary>Decides initial weights, order of the bags and every draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>CPU threads; 0: as many as there are cores. The same number gives the same weights, bit for bit.</summary>
    public int Threads { get; init; }

    /// <summary>In which precision training goes through the instances; a trained model answers in float32.</summary>
    public ComputePrecision Precision { get; init; }

    /// <summary>Whether each feature is brought to mean 0 and deviation 1 by the training rows of the fold.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>
    /// Whether the epoch is chosen on the test part, all others are learned from, and time bins and the border of high risk come from all patients, as the reference does without a validation
    /// share. Its scores are then too good; for comparison with published numbers only.
    /// </summary>
    public bool ChooseOnTest { get; init; }

    /// <summary>The rows of a split that are learned from. Who chooses on the test part has nothing to validate: those rows too, but for a temperature.</summary>
    public IReadOnlyList<CohortRow> LearnedFrom(Split split) => this is { ChooseOnTest: true, Calibrate: false } ? [.. split.Train, .. split.Validation] : split.Train;

    /// <summary>What is said of such a run wherever its scores are shown.</summary>
    internal string ChosenOnTest => (Search is not null, Restarts > 0) switch
    {
        (false, false) => "The epoch was chosen on the test part: its test score is too good.",
        (true, false) => "Epoch and settings were chosen on the test part: the test score is too good.",
        (false, true) => "Epoch and first weights were chosen on the test part: the test score is too good.",
        (true, true) => "Epoch, settings and first weights were chosen on the test part: the test score is too good.",
    };

    /// <summary>Settings of which the best on validation is taken, fold by fold; null: the model as it is.</summary>
    public SearchGrid? Search { get; init; }

    /// <summary>
    /// How often each training is done again with other initial weights and draws, 0 or more; the one that is best on validation is kept, baselines and MHIM alike. Where positive instances are
    /// few it depends on the first weights whether a training finds them (docs/benchmarks.md, hard instances).
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Restarts { get; init; }

    /// <summary>Whether each model's probabilities are brought to what its validation rows bear out (temperature scaling, Guo et al. 2017). Classes only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Calibrate { get; init; }

    /// <summary>α of the survival loss, 0 ≤ α &lt; 1: censored rows weigh 1 − α (0 in MHIM, 0.15 in MCAT). Not looked at for classes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double SurvivalAlpha { get; init; }

    /// <summary>How often the state of a training is written to disk, seconds; 0: after each step.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>Memory for features that are kept between epochs, bytes; what does not fit is read again.</summary>
    public long CacheBytes { get; init; } = 4L << 30;

    /// <summary>Whether features are rounded to float16 and kept so: twice as many fit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfFeatures { get; init; }

    /// <summary>
    /// For small cohorts of small bags (some dozens of slides, some hundreds of tiles): a narrow model, a higher learning rate, few epochs.
    /// </summary>
    public static RunOptions Small { get; } = new()
    {
        Threads = 1, // steps this small are over before a second thread has woken up
        Model = new MhimOptions { EmbedDim = 128, Masking = new MaskingOptions { RatioHigh = 0.03 }, Recycling = new RecyclingOptions { KeepRatio = 0.9 } },
        Baseline = new TrainingOptions { Epochs = 60, LearningRate = 5e-4, Patience = 20, MinEpochs = 40 },
        Training = new TrainingOptions { Epochs = 60, LearningRate = 5e-4, Patience = 20, MinEpochs = 40 },
    };
}
