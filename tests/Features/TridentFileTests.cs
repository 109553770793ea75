using Mhim.Features.Files;
using PureHDF;

namespace Mhim.Features.Tests;

public sealed class TridentFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-features-").FullName;
    static readonly TileGeometry Geometry = new(256, 483, 0, 0.5, 0.265, 40_000, 30_001);

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void A_bag_comes_back_as_it_went()
    {
        var path = Path.Combine(folder, "deep", "S1.h5");
        var bag = new FeatureBag("S1", "stain-texture", 3, [1, 2, 3, 4, 5, 6], [new(0, 483), new(5_000_000_000, 7)], Geometry);
        TridentFile.WriteFeatures(path, bag, new Dictionary<string, string> { ["slide_sha256"] = "abc" });
        var back = TridentFile.ReadFeatures(path);
        Assert.Equal(("S1", "stain-texture", 3, 2), (back.SlideId, back.EncoderId, back.Dim, back.Count));
        Assert.Equal(bag.Features, back.Features);
        Assert.Equal(bag.Coords, back.Coords);
        Assert.Equal(Geometry, back.Geometry);
        Assert.Equal("abc", TridentFile.ReadProvenance(path, "slide_sha256"));
        Assert.Null(TridentFile.ReadProvenance(path, "nothing"));
        Assert.Null(back.EncoderSha256);
        TridentFile.WriteFeatures(path, bag, new Dictionary<string, string> { ["encoder_sha256"] = "def" });
        Assert.Equal(("def", "def"), (TridentFile.ReadFeatures(path).EncoderSha256, FeatureFile.Peek(path)!.EncoderSha256));
        Assert.Equal([path], Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_slide_without_tissue_is_an_empty_bag()
    {
        var path = Path.Combine(folder, "empty.h5");
        TridentFile.WriteFeatures(path, new FeatureBag("E", "stain-texture", 192, [], [], Geometry));
        var back = TridentFile.ReadFeatures(path);
        Assert.Equal((0, 192), (back.Count, back.Dim));
    }

    [Fact]
    public void Features_stored_as_float16_are_read()
    {
        var path = Path.Combine(folder, "half.h5");
        var coords = new H5Dataset(new long[] { 1, 2, 3, 4 }, fileDims: [2, 2]);
        (coords.Attributes["patch_size"], coords.Attributes["patch_size_level0"], coords.Attributes["name"]) = (256L, 512L, "S1");
        var features = new H5Dataset(new[] { (Half)0.5f, (Half)(-2), (Half)(1 / 3f), (Half)65504 }, fileDims: [2, 2]);
        features.Attributes["encoder"] = "stain-texture";
        new H5File { Attributes = { ["mpp"] = 0.5, ["slide_mpp"] = 0.25 }, ["features"] = features, ["coords"] = coords }.Write(path);
        var bag = TridentFile.ReadFeatures(path);
        Assert.Equal([0.5f, -2, (float)(Half)(1 / 3f), 65504], bag.Features);
        Assert.Equal("stain-texture", bag.EncoderId);
    }

    [Theory]
    [InlineData("0,5", null)]
    [InlineData("0.5", 0.5)]
    public void Numbers_as_text_are_read_with_a_point_or_not_at_all(string text, double? mpp)
    {
        var path = Path.Combine(folder, "text.h5");
        new H5File { Attributes = { ["mpp"] = text, ["width"] = (ushort)40_000, ["height"] = 3_000_000_000u }, ["features"] = new H5Dataset(new[] { 1f }, fileDims: [1, 1]) }.Write(path);
        Assert.Equal((mpp, 40_000, 3e9), H5Reading.Read(path, file => (file.Number("mpp"), file.Number("width"), file.Number("height"))));
    }

    [Fact]
    public void Patch_files_hold_corners_and_geometry()
    {
        var path = Path.Combine(folder, "S1_patches.h5");
        TridentFile.WriteCoords(path, "S1", [new(1, 2), new(3, 4)], Geometry);
        var (slide, coords, geometry) = TridentFile.ReadCoords(path);
        Assert.Equal("S1", slide);
        Assert.Equal([new(1, 2), new(3, 4)], coords);
        Assert.Equal(Geometry, geometry);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no HDF5 at all, but long enough to look for a signature in it")]
    public void What_is_no_feature_file_is_a_typed_error(string text)
    {
        var path = Path.Combine(folder, "bad.h5");
        File.WriteAllText(path, text);
        var error = Assert.Throws<InputException>(() => TridentFile.ReadFeatures(path));
        Assert.Equal("features-unreadable", error.Code);
        Assert.Contains("bad.h5", error.Message);
        Assert.Contains("nowhere.h5", Assert.Throws<InputException>(() => TridentFile.ReadFeatures(Path.Combine(folder, "nowhere.h5"))).Message);
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing()
    {
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Path.Combine(folder, "x.txt"), temporary =>
        {
            File.WriteAllText(temporary, "half");
            throw new InvalidOperationException();
        }));
        Assert.Empty(Directory.GetFiles(folder));
    }
}
