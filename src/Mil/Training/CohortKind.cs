using Mhim.Features;

namespace Mhim.Mil.Training;

/// <summary>The kind of a cohort whose bags are met one after the other.</summary>
internal sealed class CohortKind
{
    string? _first, _model;

    /// <summary>Null as long as no bag was met.</summary>
    public FeatureKind? Kind { get; private set; }

    /// <summary>One more bag, which must be of the same kind.</summary>
    /// <exception cref="InputException">As <see cref="FeatureKind.RequireSame"/>, naming both slides.</exception>
    public void Add(FeatureBag bag)
    {
        Kind = (Kind ?? FeatureKind.Of(bag)).With(bag, _first, _model);
        _first ??= bag.SlideId;
        _model ??= bag.EncoderSha256 is null ? null : bag.SlideId;
    }
}
