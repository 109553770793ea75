using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class FeatureKindTests
{
    static FeatureBag Bag(string encoder = "uni_v1", int dim = 2, TileKind? tiles = null, int count = 1, string id = "S") => new(id, encoder, dim, new float[dim * count], [], null) { Tiles = tiles };

    static readonly TileKind Usual = new(256, 0.5);

    [Theory]
    [InlineData("uni_v1", 2, 256, 0.5, null)]
    [InlineData("uni_v1", 2, 256, 0.504, null)] // a name for a resolution, not the resolution
    [InlineData("conch", 2, 256, 0.5, "encoder-mismatch")]
    [InlineData(FeatureFile.UnknownEncoder, 2, 256, 0.5, "encoder-mismatch")]
    [InlineData("uni_v1", 3, 256, 0.5, "dim-mismatch")]
    [InlineData("uni_v1", 2, 224, 0.5, "mpp-mismatch")]
    [InlineData("uni_v1", 2, 256, 1.0, "mpp-mismatch")]
    [InlineData("uni_v1", 2, 0, 0, "mpp-mismatch")] // does not say
    public void Features_of_one_cohort_are_of_one_kind(string encoder, int dim, int size, double mpp, string? refusal)
    {
        TileKind? tiles = size == 0 ? null : new TileKind(size, mpp);
        var (first, second) = (Bag(tiles: Usual), Bag(encoder, dim, tiles));
        foreach (var (kind, bag) in (ValueTuple<FeatureKind, FeatureBag>[])[(FeatureKind.Of(first), second), (FeatureKind.Of(second), first)])
            if (refusal is null)
                kind.RequireSame(bag);
            else
                Assert.Equal(refusal, Assert.Throws<InputException>(() => kind.RequireSame(bag)).Code);
    }

    [Theory]
    [InlineData("conch", 2, 256, 0.5, "`B` has features of encoder `conch`, `A` of `uni_v1`")]
    [InlineData(FeatureFile.UnknownEncoder, 2, 256, 0.5, "`B` do not name their encoder, those of `A` are of `uni_v1`")]
    [InlineData("uni_v1", 3, 256, 0.5, "`B` has 3 features per tile, `A` has 2")]
    [InlineData("uni_v1", 2, 224, 1.0, "`B` was cut into tiles of 224 px at 1 µm/px, `A` into 256 px at 0.5 µm/px")]
    [InlineData("uni_v1", 2, 0, 0, "`B` do not say their tiles' size and resolution, those of `A` are of 256 px")]
    public void Where_two_slides_of_a_cohort_differ_both_are_named_as_either_may_be_the_odd_one(string encoder, int dim, int size, double mpp, string said)
    {
        var (a, b) = (Bag("uni_v1", 2, Usual, id: "A"), Bag(encoder, dim, size == 0 ? null : new TileKind(size, mpp), id: "B"));
        foreach (var (first, second, sentence) in (ValueTuple<FeatureBag, FeatureBag, string>[])[(a, b, said), (b, a, "`B`")])
        {
            var all = new CohortKind();
            all.Add(first);
            Assert.Contains(sentence, Assert.Throws<InputException>(() => all.Add(second)).Message);
        }
    }

    [Fact]
    public void Where_nothing_says_its_tiles_nothing_can_differ_and_imported_weights_take_any()
    {
        FeatureKind.Of(Bag()).RequireSame(Bag());
        FeatureKind.Of(Bag()).Require(Bag(tiles: Usual));
        var refused = Assert.Throws<InputException>(() => FeatureKind.Of(Bag(tiles: Usual)).Require(Bag(FeatureFile.UnknownEncoder)));
        Assert.Contains("do not name their encoder, `uni_v1` is wanted", refused.Message);
        Assert.Contains("--encoder-id uni_v1", refused.Message);
    }

    [Fact]
    public void A_model_that_replaced_another_under_its_name_is_another_encoder()
    {
        static FeatureBag Of(string? model) => new("S", "uni_v1", 2, [1, 2], [], null) { EncoderSha256 = model };
        var unknown = FeatureKind.Of(Of(null));
        unknown.Require(Of("aaaaaaaaaa"));
        FeatureKind.Of(Of("aaaaaaaaaa")).Require(Of(null));
        // Whoever says it first decides, though others before did not say it.
        var known = unknown.With(Of("aaaaaaaaaa")).With(Of(null)).With(Of("aaaaaaaaaa"));
        var refused = Assert.Throws<InputException>(() => known.With(Of("bbbbbbbbbb")));
        Assert.Equal("encoder-mismatch", refused.Code);
        Assert.Contains("bbbbbbbb…, aaaaaaaa… is wanted", refused.Message);
        Assert.Throws<InputException>(() => known.Require(Of("bbbbbbbbbb")));
    }
}
