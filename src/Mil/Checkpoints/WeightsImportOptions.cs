namespace Mhim.Mil.Checkpoints;

/// <summary>What weights do not tell of the model that they were trained in.</summary>
/// <param name="EncoderId">Encoder whose features they were trained on.</param>
public sealed record WeightsImportOptions(string EncoderId)
{
    /// <summary>Class names by index; null: <c>class 0</c> and so on, and <c>normal</c>, <c>tumour</c> for a DSMIL of one output.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>[outputs + 1] edges of the time bins whose hazards the outputs are, ascending, in the cohort's unit; null: the outputs are classes.</summary>
    public IReadOnlyList<double>? TimeBins { get; init; }

    /// <summary>After MHIM-MIL's projection: GELU for v2, ReLU for v1 and baselines; null: GELU where there is a recycle network.</summary>
    public ActivationKind? Activation { get; init; }

    /// <summary>ratio_h of the mask that the teacher's scores were used for, 0..1, by which a prediction tells easy instances from hard ones; null: the preset's where there is a recycle network, else no mask.</summary>
    public double? MaskRatio { get; init; }
}
