using System.Text.Json.Serialization;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Mil.Training;

/// <summary>What the features of a run have in common.</summary>
/// <param name="EncoderId">Encoder.</param>
/// <param name="Dim">D.</param>
/// <param name="Mpp">Resolution of the tiles, µm/px; null where the source does not say.</param>
/// <param name="TileSize">Side of a tile at that resolution, px; null where the source does not say.</param>
public sealed record FeatureKind(string EncoderId, int Dim, double? Mpp, int? TileSize)
{
    /// <summary>SHA-256 of the encoder's model, of a bag table that of its columns' names; null, and not written, where there is none or nothing says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EncoderSha256 { get; init; }

    /// <summary>The kind of a bag's features.</summary>
    public static FeatureKind Of(FeatureBag bag) => new(bag.EncoderId, bag.Dim, bag.Tiles?.Mpp, bag.Tiles?.Size) { EncoderSha256 = bag.EncoderSha256 };

    /// <summary>The kind of a cohort with one more bag: the first that says which model its encoder was decides.</summary>
    /// <param name="bag">The bag.</param>
    /// <param name="first">A slide that this kind is of; null: nobody knows.</param>
    /// <param name="model">A slide that says this kind's <see cref="EncoderSha256"/>.</param>
    /// <exception cref="InputException">As <see cref="RequireSame"/>.</exception>
    internal FeatureKind With(FeatureBag bag, string? first = null, string? model = null)
    {
        RequireSame(bag, first, model);
        return this with { EncoderSha256 = EncoderSha256 ?? bag.EncoderSha256 };
    }

    /// <summary>Refuses a bag whose features are of another kind.</summary>
    /// <exception cref="InputException"><c>encoder-mismatch</c>, <c>dim-mismatch</c>, <c>mpp-mismatch</c>.</exception>
    public void Require(FeatureBag bag) => Require(bag, null, null);

    // Of two slides that differ nobody knows which is wrong, so both are named; what a model was trained on is what is wanted.
    void Require(FeatureBag bag, string? first, string? model)
    {
        if (bag.EncoderId != EncoderId)
            throw new InputException("encoder-mismatch",
                bag.EncoderId == FeatureFile.UnknownEncoder
                    ? $"The features of slide `{bag.SlideId}` do not name their encoder, {(first is null ? $"`{EncoderId}` is wanted" : $"those of `{first}` are of `{EncoderId}`")}. If they are of it{(first is null ? "" : " too")}, say so with --encoder-id {EncoderId}."
                    : EncoderId == FeatureFile.UnknownEncoder
                    ? $"Slide `{bag.SlideId}` has features of encoder `{bag.EncoderId}`, {(first is null ? "others" : $"those of `{first}`")} do not name theirs. If those are of it too, say so with --encoder-id {bag.EncoderId}."
                    : first is null ? $"Slide `{bag.SlideId}` has features of encoder `{bag.EncoderId}`, `{EncoderId}` is wanted. Extract it again with that encoder."
                    : $"Slide `{bag.SlideId}` has features of encoder `{bag.EncoderId}`, `{first}` of `{EncoderId}`. Extract one of them again with the other's encoder.");
        if (EncoderSha256 is { } wanted && bag.EncoderSha256 is { } other && wanted != other)
            throw new InputException("encoder-mismatch",
                $"Slide `{bag.SlideId}` has features of another model of the name `{EncoderId}` (SHA-256 {other[..Math.Min(8, other.Length)]}…, {wanted[..Math.Min(8, wanted.Length)]}… {(model is null ? "is wanted" : $"for `{model}`")}): the encoder was replaced in between. Extract them all with one of the two.");
        if (bag.Dim != Dim)
            throw new InputException("dim-mismatch", $"Slide `{bag.SlideId}` has {bag.Dim} features per tile, "
                + (first is null ? $"{Dim} are wanted." : $"`{first}` has {Dim}. Extract one of them again, or take it out of the table."));
        if (Mpp is not { } mpp)
            return;
        if (bag.Tiles is not { } tiles)
            throw new InputException("mpp-mismatch",
                $"The features of slide `{bag.SlideId}` do not say their tiles' size and resolution, {(first is null ? $"{TileSize} px at {mpp:0.###} µm/px is wanted" : $"those of `{first}` are of {TileSize} px at {mpp:0.###} µm/px")}. If they are so, say it with --tiles {TileSize}@{mpp:0.###}.");
        if (Math.Abs(tiles.Mpp - mpp) > 0.01 * mpp || tiles.Size != TileSize)
            throw new InputException("mpp-mismatch",
                $"Slide `{bag.SlideId}` was cut into tiles of {tiles.Size} px at {tiles.Mpp:0.###} µm/px, "
                + (first is null ? $"{TileSize} px at {mpp:0.###} µm/px are wanted. Tile it again." : $"`{first}` into {TileSize} px at {mpp:0.###} µm/px. Tile one of them again."));
    }

    /// <summary>Refuses a bag of another kind within one cohort: there, tiles of a known size do not stand beside unknown ones either.</summary>
    /// <param name="bag">The bag.</param>
    /// <param name="first">A slide that this kind is of, to be named beside the bag's; null: nobody knows.</param>
    /// <param name="model">A slide that says this kind's <see cref="EncoderSha256"/>.</param>
    /// <exception cref="InputException">As <see cref="Require(FeatureBag)"/>.</exception>
    public void RequireSame(FeatureBag bag, string? first = null, string? model = null)
    {
        Require(bag, first, model);
        if (Mpp is null && bag.Tiles is { } tiles)
            throw new InputException("mpp-mismatch",
                $"Slide `{bag.SlideId}` was cut into tiles of {tiles.Size} px at {tiles.Mpp:0.###} µm/px, {(first is null ? "others of the cohort do not say theirs" : $"`{first}` does not say its tiles")}. If they are the same, say it with --tiles {tiles.Size}@{tiles.Mpp:0.###}.");
    }
}
