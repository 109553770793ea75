namespace Mhim.Mil.Inference;

/// <summary>What a model says of a bag of N instances.</summary>
/// <param name="Classes">Class names; empty for survival.</param>
/// <param name="Probabilities">[C] class probabilities, sum 1; empty for survival.</param>
/// <param name="PredictedClass">Index of the most probable class; −1 for survival.</param>
/// <param name="Survival">[bins] probability to be free of the event at the end of each time bin; null for classification.</param>
/// <param name="Risk">Higher is worse; null for classification.</param>
/// <param name="InstanceScores">[N] 0..1, how much each instance speaks for <see cref="ScoredClass"/>, weighted by its attention.</param>
/// <param name="ScoredClass">Class that the instance scores are about: of two classes the second (positive), of more the predicted one; −1 for survival, where they
/// are about the risk: the mean over the time bins of <see cref="ClassScores"/>.</param>
/// <param name="Attention">[N] after the softmax, sum 1, mean over heads.</param>
public sealed record Prediction(
    IReadOnlyList<string> Classes, float[] Probabilities, int PredictedClass, float[]? Survival, double? Risk,
    float[] InstanceScores, int ScoredClass, float[] Attention)
{
    /// <summary>[N·C] row-major, 0..1: how much each instance speaks for each class, weighted by its attention. Of classes a row adds up to 1, and <see cref="InstanceScores"/> is one of the
    /// columns; for survival C are the time bins, each with a hazard of its own, and 0.5 says nothing.</summary>
    public float[] ClassScores { get; init; } = [];

    /// <summary>Which instances the teacher would hide from the student; null for models that were trained without a mask.</summary>
    public InstanceMask? Mask { get; init; }
}

/// <summary>The easy and the hard instances of a bag.</summary>
/// <param name="Easy">Ascending indices of the ⌈N·ratio_h⌉ instances with the highest scores, which the teacher would mask; none where that would be the whole bag.</param>
/// <param name="Hard">Ascending indices of those that stay for the student. Where a model was trained with a mask for the lowest scores too, those are in
/// neither list.</param>
/// <param name="ByTeacher">Whether the teacher itself scored; if not, it was not kept and the model did.</param>
public sealed record InstanceMask(IReadOnlyList<int> Easy, IReadOnlyList<int> Hard, bool ByTeacher);
