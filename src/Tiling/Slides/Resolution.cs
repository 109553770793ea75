using Mhim.Features;

namespace Mhim.Tiling.Slides;

/// <summary>Where a resolution comes from, most trusted first.</summary>
public enum ResolutionSource
{
    /// <summary>Nobody says.</summary>
    None,

    /// <summary>The user said so.</summary>
    User,

    /// <summary><c>openslide.mpp-x</c>.</summary>
    OpenSlide,

    /// <summary>A key of the scanner's maker.</summary>
    Vendor,

    /// <summary>The TIFF resolution tags.</summary>
    Tiff,
}

/// <summary>How far a resolution can be trusted.</summary>
public enum ResolutionConfidence
{
    /// <summary>Not at all: it is missing, implausible or contradicted.</summary>
    None,

    /// <summary>Only tags say so that any image program writes, or something speaks against it.</summary>
    Low,

    /// <summary>The scanner says so, and nothing else in the file confirms it.</summary>
    Medium,

    /// <summary>The user says so, or two sources of the file agree.</summary>
    High,
}

/// <summary>The verdict on a slide's µm per pixel of level 0: value, source, confidence, and what speaks for and against it.</summary>
/// <param name="Mpp">µm per pixel; null when nothing is known.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Problem">Null when it can be used; otherwise the sentence that a refusal shows.</param>
/// <param name="ProblemCode"><c>mpp-missing</c>, <c>mpp-implausible</c> or <c>mpp-contradictory</c>; null when it can be used.</param>
public sealed record Resolution(double? Mpp, ResolutionSource Source, string? Problem, string? ProblemCode)
{
    /// <summary>How far it can be trusted.</summary>
    public ResolutionConfidence Confidence { get; init; } = Problem is not null ? ResolutionConfidence.None
        : Source == ResolutionSource.User ? ResolutionConfidence.High : ResolutionConfidence.Medium;

    /// <summary>What the other sources in the file say, a few words each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>By what it says: notes are compared one by one.</summary>
    public bool Equals(Resolution? other) => other is not null
        && (Mpp, Source, Problem, ProblemCode, Confidence) == (other.Mpp, other.Source, other.Problem, other.ProblemCode, other.Confidence)
        && Notes.SequenceEqual(other.Notes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mpp, Source, ProblemCode, Confidence);

    /// <summary>The resolution, or a refusal with the way out.</summary>
    /// <exception cref="InputException"><c>mpp-missing</c>, <c>mpp-implausible</c>, <c>mpp-contradictory</c>.</exception>
    public double Require() => Problem is null ? Mpp!.Value : throw new InputException(ProblemCode!, Problem);
}
