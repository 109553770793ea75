namespace Mhim.Api.Worklist;

/// <summary>By what the worklist is ordered.</summary>
public enum WorklistOrder
{
    /// <summary>The larger of uncertainty and disagreement; what somebody has looked at comes last.</summary>
    Priority,

    /// <summary>How even the classes are.</summary>
    Uncertainty,

    /// <summary>How far the models are apart.</summary>
    Disagreement,
}

/// <summary>A slide and a question asked of it, with all that models and people answered.</summary>
/// <param name="SlideId">The slide.</param>
/// <param name="SlideName">The slide's name.</param>
/// <param name="Patient">Whose slide it is, where a cohort says so.</param>
/// <param name="Classes">The question: the classes that are told apart.</param>
/// <param name="MeanProbabilities">Of each class, over the models.</param>
/// <param name="Uncertainty">0 (sure) to 1 (all classes alike): entropy of the mean probabilities over its largest value.</param>
/// <param name="Disagreement">0 (all say the same) to 1: Jensen-Shannon divergence of the models over its largest value; 0 for one model.</param>
/// <param name="Answers">Of each model, the surest first.</param>
/// <param name="Reason">Why a person should look, one sentence.</param>
/// <param name="Agreed">People who agreed with one of the answers.</param>
/// <param name="Disagreed">People who disagreed.</param>
/// <param name="Seen">Whether somebody has said what they think.</param>
public sealed record WorklistItemDto(Guid SlideId, string SlideName, string? Patient, IReadOnlyList<string> Classes, IReadOnlyList<double> MeanProbabilities, double Uncertainty, double Disagreement,
    IReadOnlyList<WorklistAnswerDto> Answers, string Reason, int Agreed, int Disagreed, bool Seen);

/// <summary>What one model says of a slide.</summary>
/// <param name="PredictionId">The prediction.</param>
/// <param name="ModelId">The model.</param>
/// <param name="ModelName">The model's name.</param>
/// <param name="PredictedClass">What it calls.</param>
/// <param name="Probability">Of that class.</param>
public sealed record WorklistAnswerDto(Guid PredictionId, Guid ModelId, string ModelName, string PredictedClass, double Probability);
