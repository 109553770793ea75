using System.Text.Json.Nodes;
using Mhim.Features.Files;

namespace Mhim.Features.Tests;

/// <summary>What h5py sees in our files.</summary>
public sealed class OtherToolsReadTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-h5py-").FullName;
    static readonly TileGeometry Geometry = new(256, 483, 32, 0.5, 0.265, 40_000, 30_001);

    public void Dispose() => Directory.Delete(folder, true);

    JsonNode See(string file) => JsonNode.Parse(H5Py.Run(folder, $$"""
        def plain(v): return v.tolist() if hasattr(v, 'tolist') else v
        def kind(v): return v.dtype.str if hasattr(v, 'dtype') else type(v).__name__
        out = {}
        with h5py.File('{{file}}', 'r') as f:
            out['attributes'] = {k: plain(v) for k, v in f.attrs.items()}
            for name in f:
                d = f[name]
                out[name] = {'shape': list(d.shape), 'dtype': d.dtype.str, 'values': d[()].astype(float).tolist(),
                             'attributes': {k: plain(v) for k, v in d.attrs.items()}, 'kinds': {k: kind(v) for k, v in d.attrs.items()} }
        print(json.dumps(out))
        """))!;

    [H5PyTheory]
    [InlineData(false, "<f4")]
    [InlineData(true, "<f2")]
    public void Features_have_TRIDENTs_names_shapes_types_and_attributes(bool half, string type)
    {
        var bag = new FeatureBag("S 1", "uni_v1", 3, [1, 2.5f, -3, 4, 5, 0.125f], [new(0, 483), new(5_000_000_000, 7)], Geometry);
        TridentFile.WriteFeatures(Path.Combine(folder, "S 1.h5"), bag, new Dictionary<string, string> { ["slide_sha256"] = "abc", ["encoder_card"] = "{\"id\":\"µ\"}" }, half);
        var seen = See("S 1.h5");
        var (features, coords) = (seen["features"]!, seen["coords"]!);
        Assert.Equal(["attributes", "coords", "features"], seen.AsObject().Select(p => p.Key).Order());
        Assert.Equal("[2,3]", features["shape"]!.ToJsonString());
        Assert.Equal(type, (string)features["dtype"]!);
        Assert.Equal("[[1,2.5,-3],[4,5,0.125]]", features["values"]!.ToJsonString().Replace(".0", ""));
        Assert.Equal(["encoder", "name", "savetodir"], features["attributes"]!.AsObject().Select(p => p.Key).Order());
        Assert.Equal(("uni_v1", "S 1", "str"), ((string)features["attributes"]!["encoder"]!, (string)features["attributes"]!["name"]!, (string)features["kinds"]!["encoder"]!));

        Assert.Equal("[2,2]", coords["shape"]!.ToJsonString());
        Assert.Equal("<i8", (string)coords["dtype"]!);
        Assert.Equal("[[0,483],[5000000000,7]]", coords["values"]!.ToJsonString().Replace(".0", ""));
        var of = coords["attributes"]!;
        Assert.Equal(
            ["level0_height", "level0_magnification", "level0_width", "name", "overlap", "patch_size", "patch_size_level0", "savetodir", "target_magnification"],
            of.AsObject().Select(p => p.Key).Order());
        Assert.Equal((256, 483, 32, 40_000, 30_001), ((int)of["patch_size"]!, (int)of["patch_size_level0"]!, (int)of["overlap"]!, (int)of["level0_width"]!, (int)of["level0_height"]!));
        Assert.Equal(20, (double)of["target_magnification"]!);
        Assert.Equal(10 / 0.265, (double)of["level0_magnification"]!, 1e-9);
        Assert.Equal("<i8", (string)coords["kinds"]!["patch_size"]!); // a scalar that int() takes, no array
        Assert.Equal((0.5, 0.265), ((double)seen["attributes"]!["mpp"]!, (double)seen["attributes"]!["slide_mpp"]!));
        Assert.Equal(("abc", "{\"id\":\"µ\"}"), ((string)seen["attributes"]!["slide_sha256"]!, (string)seen["attributes"]!["encoder_card"]!));
    }

    [H5PyFact]
    public void An_empty_slide_has_its_shapes_too()
    {
        TridentFile.WriteFeatures(Path.Combine(folder, "E.h5"), new FeatureBag("E", "uni_v1", 1024, [], [], Geometry));
        TridentFile.WriteCoords(Path.Combine(folder, "E_patches.h5"), "E", [], Geometry);
        var seen = See("E.h5");
        Assert.Equal("[0,1024]", seen["features"]!["shape"]!.ToJsonString());
        Assert.Equal("[0,2]", seen["coords"]!["shape"]!.ToJsonString());
        Assert.Equal("[0,2]", See("E_patches.h5")["coords"]!["shape"]!.ToJsonString());
    }

    [H5PyFact]
    public void A_patch_file_can_be_encoded_elsewhere_and_read_back()
    {
        TridentFile.WriteCoords(Path.Combine(folder, "S_patches.h5"), "S", [new(1, 2), new(3, 4)], Geometry);
        // As TRIDENT does: features, and the coordinates with all of their attributes.
        H5Py.Run(folder, """
            with h5py.File('S_patches.h5', 'r') as p, h5py.File('S.h5', 'w') as f:
                f['features'] = np.arange(8, dtype=np.float32).reshape(2, 4)
                f['features'].attrs['encoder'] = 'conch_v15'
                f['features'].attrs['name'] = 'S'
                f['coords'] = p['coords'][:]
                for k, v in p['coords'].attrs.items(): f['coords'].attrs[k] = v
            """);
        var (bag, layout) = FeatureFile.Read(Path.Combine(folder, "S.h5"));
        Assert.Equal((FeatureLayout.Trident, "conch_v15", 4, 2), (layout, bag.EncoderId, bag.Dim, bag.Count));
        Assert.Equal([new(1, 2), new(3, 4)], bag.Coords);
        Assert.Equal((256, 483, 0.5), (bag.Geometry!.TileSize, bag.Geometry.TileSizeLevel0, bag.Geometry.Mpp));
        Assert.Equal(0.265, bag.Geometry.SlideMpp, 1e-9);
    }
}
