using Mhim.Mil.Cohorts;
using static TorchSharp.torch;

namespace Mhim.Mil.Tasks;

/// <summary>What a row of the cohort asks of the model.</summary>
/// <param name="Class">Class, or time bin for survival.</param>
/// <param name="Censored">Whether the event was not observed; false for classification.</param>
public readonly record struct Target(int Class, bool Censored = false);

/// <summary>What the model's logits mean for a row.</summary>
/// <param name="Outputs">[C] class probabilities, or the survival at the end of each time bin.</param>
/// <param name="Risk">Higher is worse; null for classification.</param>
public readonly record struct Decoded(double[] Outputs, double? Risk);

/// <summary>What is asked of the model: size of its head, loss, decoding, and the score by which models are chosen.</summary>
public interface IMilTask
{
    /// <summary>C, width of the head.</summary>
    int Outputs { get; }

    /// <summary>Name of the score, such as <c>auc</c>.</summary>
    string ScoreName { get; }

    /// <summary>What a row asks.</summary>
    Target TargetOf(CohortRow row);

    /// <summary>Loss of one bag, a scalar.</summary>
    /// <param name="logits">[1, C].</param>
    /// <param name="target">What is true.</param>
    Tensor Loss(Tensor logits, Target target);

    /// <summary>Meaning of one bag's logits.</summary>
    Decoded Decode(ReadOnlySpan<float> logits);

    /// <summary>How much instances speak for each class, or for an event in each time bin, for people to look at: [N, C], 0..1.</summary>
    /// <param name="evidence">[N, C], <see cref="Backbones.IMilBackbone.ScaledEvidence"/>.</param>
    Tensor InstanceScores(Tensor evidence);

    /// <summary>Score over rows, higher is better; NaN when it cannot be told (only one class).</summary>
    double Score(IReadOnlyList<CohortRow> rows, IReadOnlyList<Decoded> answers);
}
