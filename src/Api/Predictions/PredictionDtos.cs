using System.Text.Json.Serialization;
using Mhim.Data.Entities;

namespace Mhim.Api.Predictions;

/// <summary>What is to be predicted.</summary>
/// <param name="SlideId">The slide; if it is not ready yet, the prediction waits for it.</param>
/// <param name="ModelId">The model.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PredictionRequest(Guid? SlideId, Guid? ModelId);

/// <summary>A class and its probability.</summary>
/// <param name="Name">The class.</param>
/// <param name="Probability">0 to 1; they sum to 1.</param>
public sealed record ClassProbabilityDto(string Name, double Probability);

/// <summary>What a model says about a slide. Research use only.</summary>
/// <param name="Id">Its id.</param>
/// <param name="SlideId">The slide.</param>
/// <param name="SlideName">The slide's name.</param>
/// <param name="Patient">Whose slide it is in the cohort that the model was trained on; null: it is not in it, or the cohort is not here. Cards of models that read patients name these.</param>
/// <param name="ModelId">The model.</param>
/// <param name="ModelName">The model's name.</param>
/// <param name="State">As of its job; the rest is there once it has succeeded.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="JobId">Its job.</param>
/// <param name="ErrorCode">Why it failed: a stable word; that of the job before it, when its features could not be made.</param>
/// <param name="Error">The same as a sentence.</param>
/// <param name="PredictedClass">The most probable class.</param>
/// <param name="Classes">In the model's order.</param>
/// <param name="TopTiles">Ranks of the top tiles, from 1.</param>
/// <param name="CreatedAt">When it was asked for, UTC.</param>
public sealed record PredictionDto(
    Guid Id, Guid SlideId, string SlideName, string? Patient, Guid ModelId, string ModelName, JobState State, double Progress, Guid? JobId, string? ErrorCode, string? Error,
    string? PredictedClass, IReadOnlyList<ClassProbabilityDto> Classes, IReadOnlyList<int> TopTiles, DateTime CreatedAt);
