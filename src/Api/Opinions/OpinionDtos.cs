using System.Text.Json.Serialization;
using Mhim.Data.Entities;

namespace Mhim.Api.Opinions;

/// <summary>What somebody thinks of a prediction.</summary>
/// <param name="Agrees">Whether they agree.</param>
/// <param name="Label">The class that they see, one of the model's classes; only for those who disagree.</param>
/// <param name="Comment">Why, 4000 letters at most.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record OpinionRequest(bool? Agrees, string? Label = null, string? Comment = null);

/// <summary>What somebody thinks of a prediction.</summary>
/// <param name="Id">Its id.</param>
/// <param name="PredictionId">The prediction.</param>
/// <param name="SlideId">Its slide.</param>
/// <param name="SlideName">The slide's name.</param>
/// <param name="ModelId">Its model.</param>
/// <param name="ModelName">The model's name.</param>
/// <param name="PredictedClass">What the model called; empty for survival.</param>
/// <param name="By">Who, as the audit trail names them.</param>
/// <param name="Name">What they were called.</param>
/// <param name="Mine">Whether it is the asking person's own.</param>
/// <param name="Agrees">Whether they agree.</param>
/// <param name="Label">The class that they see; null where they did not say.</param>
/// <param name="Comment">Why.</param>
/// <param name="CreatedAt">When it was first said, UTC.</param>
/// <param name="ChangedAt">When it was last said, UTC.</param>
public sealed record OpinionDto(Guid Id, Guid PredictionId, Guid SlideId, string SlideName, Guid ModelId, string ModelName, string? PredictedClass, string By, string? Name, bool Mine,
    bool Agrees, string? Label, string? Comment, DateTime CreatedAt, DateTime ChangedAt);

/// <summary>An opinion with the rows that belong to it.</summary>
sealed class OpinionView
{
    public required Opinion Opinion { get; init; }

    public required Prediction Prediction { get; init; }

    public required Guid SlideId { get; init; }

    public required string SlideName { get; init; }

    public required string ModelName { get; init; }

    public OpinionDto Dto(string? me) => new(Opinion.Id, Prediction.Id, SlideId, SlideName, Prediction.ModelId, ModelName, Prediction.PredictedClass, Opinion.Principal, Opinion.Name,
        Opinion.Principal == me, Opinion.Agrees, Opinion.Label, Opinion.Comment, Opinion.CreatedAt, Opinion.ChangedAt);
}
