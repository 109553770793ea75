using Mhim.Features;

namespace Mhim.Mil.Training;

/// <summary>Settings that go by a name.</summary>
public static class Presets
{
    /// <summary>Names of the methods: MHIM in both versions, the reference's way of choosing, the plain baseline, and MHIM v2 for some dozens of slides.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["mhim-v2", "mhim-v1", "reference", "plain", "small"];

    /// <summary>Names of the backbones.</summary>
    public static IReadOnlyList<string> Backbones { get; } = ["abmil", "abmil-gated", "dsmil", "transmil", "mean", "max"];

    /// <summary>A method over a backbone, for whole slides (512 wide, 200 epochs) unless it is the small one (<see cref="RunOptions.Small"/>).</summary>
    /// <param name="method">One of <see cref="Methods"/>.</param>
    /// <param name="backbone">One of <see cref="Backbones"/>; pooling knows the plain method only.</param>
    /// <exception cref="InputException"><c>preset-unknown</c>.</exception>
    public static RunOptions Of(string method, string backbone = "abmil")
    {
        var kind = backbone switch
        {
            "abmil" => BackboneKind.AbMil,
            "abmil-gated" => BackboneKind.GatedAbMil,
            "dsmil" => BackboneKind.DsMil,
            "transmil" => BackboneKind.TransMil,
            "mean" => BackboneKind.MeanPooling,
            "max" => BackboneKind.MaxPooling,
            _ => throw Unknown($"backbone `{backbone}`", Backbones),
        };
        if (method != "plain" && (kind is BackboneKind.MeanPooling or BackboneKind.MaxPooling))
            throw new InputException("preset-unknown", $"Method `{method}` needs a backbone with attention; `{backbone}` has none. Take --preset plain.");
        var options = new RunOptions { Model = new MhimOptions { Backbone = new BackboneOptions { Kind = kind } } };
        return method switch
        {
            "mhim-v2" => options,
            "mhim-v1" => options with { Model = V1(options.Model) },
            "plain" => options with { Model = options.Model.AsBaseline() with { Activation = ActivationKind.Relu } },
            "small" => RunOptions.Small with { Model = RunOptions.Small.Model with { Backbone = options.Model.Backbone } },
            "reference" => options with
            {
                Standardize = false,
                ChooseOnTest = true,
                Baseline = options.Baseline with { Patience = 0 },
                Training = options.Training with { Patience = 0 },
            },
            _ => throw Unknown($"method `{method}`", Methods),
        };
    }

    /// <summary>
    /// MHIM v1 (ICCV 2023) with the reference's settings for CAMELYON16: attention as it is, half of the high-score candidates along a cosine to zero, no recycling. AB-MIL and DSMIL also
    /// lose a random half; TransMIL loses the lowest four fifths, which makes it fast, and its teacher comes to a stand.
    /// </summary>
    static MhimOptions V1(MhimOptions model)
    {
        var transMil = model.Backbone.Kind == BackboneKind.TransMil;
        return model with
        {
            Activation = ActivationKind.Relu,
            Recycling = null,
            Masking = new MaskingOptions
            {
                RatioHigh = transMil ? 0.03 : 0.01, RatioHighRandom = 0.5, Schedule = MaskSchedule.CosineToZero, RatioLow = transMil ? 0.8 : 0, RatioRandom = transMil ? 0 : 0.5,
            },
            Teacher = new TeacherOptions
            {
                Scores = InstanceScoreKind.Attention, Momentum = 0.9999, Schedule = transMil ? MomentumSchedule.CosineToOne : MomentumSchedule.Constant,
            },
            Consistency = new ConsistencyOptions { Weight = 0.1 },
        };
    }

    static InputException Unknown(string what, IReadOnlyList<string> known) =>
        new("preset-unknown", $"There is no {what}; {string.Join(", ", known)} are known.");
}
