using System.Text.Json.Serialization;

namespace Mhim.Mil;

/// <summary>Which network turns the instances of a bag into its embedding and logits.</summary>
public enum BackboneKind
{
    /// <summary>Attention-based MIL (Ilse 2018), reference name <c>attn</c>.</summary>
    AbMil,

    /// <summary>The same with gated attention.</summary>
    GatedAbMil,

    /// <summary>Dual-stream MIL (Li 2021), reference name <c>dsmil</c>.</summary>
    DsMil,

    /// <summary>TransMIL (Shao 2021), reference name <c>selfattn</c>.</summary>
    TransMil,

    /// <summary>Mean over the instances.</summary>
    MeanPooling,

    /// <summary>Maximum over the instances, feature by feature.</summary>
    MaxPooling,
}

/// <summary>Activation after the projection of the features.</summary>
public enum ActivationKind
{
    /// <summary>max(0, x); the plain baselines and MHIM v1.</summary>
    Relu,

    /// <summary>x·Φ(x), exact; MHIM v2.</summary>
    Gelu,
}

/// <summary>What the teacher says of an instance.</summary>
public enum InstanceScoreKind
{
    /// <summary>Probability of the class that the instance speaks for most (MHIM v2).</summary>
    ClassAware,

    /// <summary>Attention as it is (MHIM v1).</summary>
    Attention,
}

/// <summary>Everything that can be set on a model; saved as <c>config.json</c> beside the weights. Defaults are MHIM v2 on AB-MIL.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MhimOptions
{
    /// <summary>D, numbers per instance that the encoder gives; 1 or more.</summary>
    [JsonRequired]
    public int InputDim { get; init; } = 1024;

    /// <summary>M, width after the projection; 1 or more, a multiple of 8 for TransMIL.</summary>
    [JsonRequired]
    public int EmbedDim { get; init; } = 512;

    /// <summary>Whether features are projected; if not they go in as they are and <see cref="EmbedDim"/> equals <see cref="InputDim"/>.</summary>
    public bool Projection { get; init; } = true;

    /// <summary>C, numbers that the model answers with: classes, or time bins for survival; 2 or more.</summary>
    [JsonRequired]
    public int Outputs { get; init; } = 2;

    /// <summary>Activation after the projection.</summary>
    [JsonRequired]
    public ActivationKind Activation { get; init; } = ActivationKind.Gelu;

    /// <summary>Share of the projected numbers that training drops, 0 ≤ p &lt; 1.</summary>
    public double Dropout { get; init; } = 0.25;

    /// <summary>The network over the instances.</summary>
    [JsonRequired]
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>Which instances the student does not get to see; null: a plain baseline without a teacher.</summary>
    public MaskingOptions? Masking { get; init; } = new();

    /// <summary>What becomes of instances that are neither masked nor kept (v2); null: every instance that the mask leaves is kept.</summary>
    public RecyclingOptions? Recycling { get; init; } = new();

    /// <summary>Who scores the instances; not used without <see cref="Masking"/>.</summary>
    public TeacherOptions Teacher { get; init; } = new();

    /// <summary>What ties the student to the teacher; not used without <see cref="Masking"/>.</summary>
    public ConsistencyOptions Consistency { get; init; } = new();

    /// <summary>The same network without teacher, masking and recycling ("pure"), from which the teacher starts.</summary>
    public MhimOptions AsBaseline() => this with { Masking = null, Recycling = null };
}

/// <summary>The network over the instances.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BackboneOptions
{
    /// <summary>Which.</summary>
    public BackboneKind Kind { get; init; } = BackboneKind.AbMil;

    /// <summary>DSMIL: whether values have a layer of their own; if not they are the instances themselves, as in the original's CAMELYON16 weights.</summary>
    public bool Values { get; init; } = true;
}

/// <summary>How the share of masked instances changes during training.</summary>
public enum MaskSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Along a cosine from its value to 0.</summary>
    CosineToZero,
}

/// <summary>Which instances are hidden from the student.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MaskingOptions
{
    /// <summary>The share that any of the three may hide at most: beyond it the student is left next to nothing, and a mask that would leave nothing is not applied at all.</summary>
    public const double Most = 0.95;

    /// <summary>Share of the instances with the highest scores that is hidden, 0..1.</summary>
    public double RatioHigh { get; init; } = 0.03;

    /// <summary>Of the high-score candidates, the share that is really hidden, drawn at random; 1 hides all candidates.</summary>
    public double RatioHighRandom { get; init; } = 1.0;

    /// <summary>Share of the instances with the lowest scores that is hidden too (v1), 0..1.</summary>
    public double RatioLow { get; init; }

    /// <summary>Share of all instances that is hidden at random (v1), 0..1.</summary>
    public double RatioRandom { get; init; }

    /// <summary>How <see cref="RatioHigh"/> changes during training.</summary>
    public MaskSchedule Schedule { get; init; }
}

/// <summary>The recycle network (v2).</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RecyclingOptions
{
    /// <summary>Share of the unmasked instances that the student keeps as they are; the rest is recycled. 0..1.</summary>
    public double KeepRatio { get; init; } = 0.8;

    /// <summary>k, tokens that the recycled instances become; 1 or more.</summary>
    public int Tokens { get; init; } = 5;

    /// <summary>μ, momentum of the global tokens, 0..1.</summary>
    public double Momentum { get; init; } = 0.9999;
}

/// <summary>How the teacher's momentum changes during training.</summary>
public enum MomentumSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Along a cosine from its value to 1, where the teacher stands still.</summary>
    CosineToOne,
}

/// <summary>The teacher.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TeacherOptions
{
    /// <summary>Share of its weights that the teacher keeps at each step, 0..1.</summary>
    public double Momentum { get; init; } = 0.9997;

    /// <summary>How <see cref="Momentum"/> changes during training; not written where it does not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public MomentumSchedule Schedule { get; init; }

    /// <summary>What it says of an instance.</summary>
    public InstanceScoreKind Scores { get; init; } = InstanceScoreKind.ClassAware;
}

/// <summary>Soft-target cross-entropy between the bag embeddings of student and teacher.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ConsistencyOptions
{
    /// <summary>Weight of the consistency in the loss (aux_alpha); 0 leaves it out.</summary>
    public double Weight { get; init; } = 0.5;

    /// <summary>Temperature of the teacher's softmax, above 0; the student's is 1.</summary>
    public double TeacherTemperature { get; init; } = 0.1;
}
