using Mhim.Features.Files;

namespace Mhim.Features.Tests;

/// <summary>Files that h5py wrote in the layouts of other tools.</summary>
public sealed class FeatureFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-layouts-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    (FeatureBag Bag, FeatureLayout Layout) Read(string name, FeatureFileOptions? options = null) => FeatureFile.Read(Path.Combine(folder, name), options);

    InputException Refused(string name, FeatureFileOptions? options = null)
    {
        var error = Assert.Throws<InputException>(() => Read(name, options));
        Assert.Contains(name, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    static readonly float[] Six = [0, 1, 2, 3, 4, 5];

    [H5PyTheory]
    [InlineData("np.float32", "")]
    [InlineData("np.float16", "")]
    [InlineData("np.float64", "")]
    [InlineData("np.float32", ", chunks=(1, 2), compression='gzip'")]
    [InlineData("np.float16", ", chunks=(2, 3), compression='gzip', shuffle=True, fletcher32=True")]
    [InlineData("np.float32", ", chunks=(1, 3), maxshape=(None, 3)")]
    public void Trident_files_are_read_in_every_storage(string type, string storage)
    {
        foreach (var version in (string[])["", ", libver='latest'"])
        {
            H5Py.Run(folder, $$"""
                with h5py.File('S1.h5', 'w'{{version}}) as f:
                    d = f.create_dataset('features', data=np.arange(6).reshape(2, 3).astype({{type}}){{storage}})
                    d.attrs.update({'encoder': 'uni_v1', 'name': 'S1', 'savetodir': '/x'})
                    c = f.create_dataset('coords', data=np.array([[0, 512], [3_000_000_000, 7]], dtype=np.int64), chunks=True, compression='gzip')
                    c.attrs.update({'patch_size': 256, 'patch_size_level0': 512, 'level0_magnification': 40, 'target_magnification': 20, 'overlap': 0,
                                    'name': 'S1', 'savetodir': '/x', 'level0_width': 40000, 'level0_height': 30000})
                """);
            var (bag, layout) = Read("S1.h5");
            Assert.Equal((FeatureLayout.Trident, "S1", "uni_v1", 3), (layout, bag.SlideId, bag.EncoderId, bag.Dim));
            Assert.Equal(Six, bag.Features);
            Assert.Equal([new(0, 512), new(3_000_000_000, 7)], bag.Coords);
            Assert.Equal(new TileGeometry(256, 512, 0, 0.5, 0.25, 40_000, 30_000), bag.Geometry);
            Assert.Equal(new TileKind(256, 0.5), bag.Tiles);
            var said = FeatureFile.Peek(Path.Combine(folder, "S1.h5"))!;
            Assert.Equal(("S1", "uni_v1", 3, 0, 0, bag.Geometry), (said.SlideId, said.EncoderId, said.Dim, said.Count, said.Coords.Length, said.Geometry));
        }
    }

    [H5PyTheory]
    [InlineData("f['coords']", "f['features'] = x; f['features'].attrs['encoder'] = 'uni_v1'")]
    [InlineData("f", "f['features/uni_v1'] = x")]
    public void A_magnification_is_a_name_and_yields_to_the_resolution_that_somebody_states(string carrier, string features)
    {
        H5Py.Run(folder, $$"""
            with h5py.File('M.h5', 'w') as f:
                x = np.ones((2, 3), np.float32); {{features}}
                f['coords'] = np.array([[0, 0], [512, 0]])
                {{carrier}}.attrs.update({'patch_size': 256, 'patch_size_level0': 512, 'level0_magnification': 40, 'target_magnification': 20, 'overlap': 0, 'level0_width': 9000, 'level0_height': 900})
            """);
        Assert.Equal(new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 900), Read("M.h5").Bag.Geometry);
        Assert.Equal(new TileGeometry(256, 512, 0, 0.465, 0.2325, 9000, 900), Read("M.h5", new FeatureFileOptions(SlideMpp: 0.2325)).Bag.Geometry);
        Assert.Equal("tiles-mismatch", Refused("M.h5", new FeatureFileOptions(Tiles: new TileKind(256, 0.5), SlideMpp: 0.2325)).Code);
        // What our own files say is a resolution.
        TridentFile.WriteFeatures(Path.Combine(folder, "own.h5"), new FeatureBag("own", "e", 1, [1], [new(0, 0)], new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 900)));
        Assert.Equal((0.5, 0.25), Read("own.h5", new FeatureFileOptions(SlideMpp: 0.2325)).Bag.Geometry is { } g ? (g.Mpp, g.SlideMpp) : default);
    }

    [H5PyTheory]
    [InlineData("(2**30, 1024)")]
    [InlineData("(2**20, 64)")]
    public void A_file_that_declares_more_than_it_holds_is_refused(string shape)
    {
        H5Py.Run(folder, $"""
            with h5py.File('huge.h5', 'w') as f:
                f.create_dataset('features', {shape}, 'f4', chunks=(1, 64))
                f.create_dataset('coords', data=np.zeros((3, 2), 'i8'))
            """);
        var refused = Assert.Throws<InputException>(() => FeatureFile.Read(Path.Combine(folder, "huge.h5"), null));
        Assert.Equal("features-unreadable", refused.Code);
        Assert.Contains("more than the file can hold", refused.Message);
    }

    [H5PyFact]
    public void Attributes_of_any_number_and_text_type_are_read()
    {
        H5Py.Run(folder, """
            with h5py.File('S1.h5', 'w') as f:
                d = f.create_dataset('features', data=np.arange(6, dtype=np.float32).reshape(1, 2, 3))   # a slide encoder's extra axis
                d.attrs['encoder'] = np.bytes_('uni_v1')                                                 # of fixed length
                d.attrs['name'] = np.array(['S1'], dtype=h5py.string_dtype())                            # an array of one
                c = f.create_dataset('coords', data=np.array([[0, 512], [4_000_000_000, 7]], dtype=np.uint32))
                c.attrs['patch_size'] = np.int32(256)
                c.attrs['patch_size_level0'] = np.float32(512)
                c.attrs['level0_magnification'] = np.array([40], dtype=np.int16)
                c.attrs['target_magnification'] = '20'
                c.attrs['overlap'] = np.uint8(200)
                c.attrs['level0_width'] = h5py.Empty('i8')
            """);
        var bag = Read("S1.h5").Bag;
        Assert.Equal(("S1", "uni_v1"), (bag.SlideId, bag.EncoderId));
        Assert.Equal(new TileGeometry(256, 512, 200, 0.5, 0.25, 0, 0), bag.Geometry);
        Assert.Equal(new TileCoord(4_000_000_000, 7), bag.Coords[1]);
    }

    [H5PyTheory]
    [InlineData("")]
    [InlineData("c.attrs.update({'patch_size': 256, 'patch_level': 0, 'downsample': 1.0, 'downsampled_level_dim': np.array([400, 300]), 'level_dim': np.array([400, 300]), 'name': 'S1', 'save_path': '/x'})")]
    public void Clam_files_say_neither_encoder_nor_resolution(string attributes)
    {
        H5Py.Run(folder, $$"""
            with h5py.File('S1.h5', 'w') as f:
                f.create_dataset('features', data=np.arange(6, dtype=np.float32).reshape(2, 3), chunks=(1, 3), maxshape=(None, 3))
                c = f.create_dataset('coords', data=np.array([[0, 256], [512, 7]], dtype=np.int32), chunks=(1, 2), maxshape=(None, 2))
                {{attributes}}
            """);
        var (bag, layout) = Read("S1.h5");
        Assert.Equal((FeatureLayout.Clam, "S1", FeatureFile.UnknownEncoder, 3), (layout, bag.SlideId, bag.EncoderId, bag.Dim));
        Assert.Equal(Six, bag.Features);
        Assert.Equal([new(0, 256), new(512, 7)], bag.Coords);
        Assert.Null(bag.Geometry);
        Assert.Null(bag.Tiles);
        var told = Read("S1.h5", new FeatureFileOptions("uni_v1", new TileKind(256, 0.5))).Bag;
        Assert.Equal(("uni_v1", new TileKind(256, 0.5)), (told.EncoderId, told.Tiles));
    }

    [H5PyFact]
    public void Stamp_files_have_micrometres()
    {
        H5Py.Run(folder, """
            with h5py.File('S1.h5', 'w') as f:
                f['coords'] = np.array([[0, 256.0], [128.0, 512.5]], dtype=np.float32)
                f['feats'] = np.arange(6).reshape(2, 3).astype(np.float16)
                f.attrs.update({'stamp_version': '2.1.0', 'extractor': 'uni-a1b2', 'unit': 'um', 'tile_size_um': 256.0, 'tile_size_px': 224, 'code_hash': 'x'})
            with h5py.File('old.h5', 'w') as f:
                f['coords'] = np.array([[0, 256], [128, 512]])
                f['feats'] = np.arange(6).reshape(2, 3).astype(np.float16)
                f.attrs.update({'extractor': 'ctranspath', 'unit': 'um', 'tile_size': 256.0})
            """);
        var (bag, layout) = Read("S1.h5");
        Assert.Equal((FeatureLayout.Stamp, "S1", "uni-a1b2", 3), (layout, bag.SlideId, bag.EncoderId, bag.Dim));
        Assert.Equal(Six, bag.Features);
        Assert.Equal(new TileKind(224, 256.0 / 224), bag.Tiles);
        Assert.Empty(bag.Coords); // µm are no pixels until somebody knows the slide's resolution
        Assert.Equal([new(0, 1024), new(512, 2050)], Read("S1.h5", new FeatureFileOptions(SlideMpp: 0.25)).Bag.Coords);
        Assert.Null(Read("old.h5").Bag.Tiles);
    }

    [H5PyFact]
    public void Stamps_first_version_counts_in_pixels_of_its_tiles()
    {
        H5Py.Run(folder, """
            def write(name, coords, **attributes):
                with h5py.File(name + '.h5', 'w') as f:
                    f['coords'] = np.array(coords)
                    f['feats'] = np.arange(6).reshape(2, 3).astype(np.float16)
                    f.attrs.update({'extractor': 'ctranspath', **attributes})
            write('grid', [[0, 448], [224, 672]])
            write('said', [[0, 448], [448, 448]], tile_size=224)
            write('um', [[0, 448], [256, 672]], tile_size_um=256.0, tile_size_px=224)
            write('other', [[0, 448], [300, 748]])
            write('lone', [[448, 448], [448, 448]])
            write('px', [[0, 448], [512, 960]], unit='px')
            """);
        var at = new FeatureFileOptions(SlideMpp: 0.5);
        foreach (var name in (string[])["grid", "said"])
        {
            var bag = Read($"{name}.h5", at).Bag;
            Assert.Equal(new TileGeometry(224, 512, 0, 256.0 / 224, 0.5, 0, 0), bag.Geometry);
            Assert.Equal(name == "grid" ? [new(0, 1024), new(512, 1536)] : [new(0, 1024), new(1024, 1024)], bag.Coords);
            Assert.Empty(Read($"{name}.h5").Bag.Coords); // never taken for pixels of the slide
            Assert.Equal((bag.Tiles, Read($"{name}.h5").Bag.Tiles), (new TileKind(224, 256.0 / 224), FeatureFile.Peek(Path.Combine(folder, $"{name}.h5"))!.Tiles));
        }
        Assert.Equal([new(0, 896), new(512, 1344)], Read("um.h5", at).Bag.Coords);
        foreach (var name in (string[])["other", "lone"])
            Assert.Equal((0, null, null), (Read($"{name}.h5", at).Bag.Coords.Length, Read($"{name}.h5", at).Bag.Tiles, Read($"{name}.h5", at).Bag.Geometry));
        Assert.Equal([new(0, 448), new(512, 960)], Read("px.h5").Bag.Coords);
    }

    [H5PyFact]
    public void Places_in_micrometres_become_squares_once_the_resolution_is_said()
    {
        H5Py.Run(folder, """
            with h5py.File('S1.h5', 'w') as f:
                f['coords'] = np.array([[0, 256.0], [128.0, 512.5]], dtype=np.float32)
                f['feats'] = np.arange(6).reshape(2, 3).astype(np.float16)
                f.attrs.update({'extractor': 'uni-a1b2', 'unit': 'um', 'tile_size_um': 256.0, 'tile_size_px': 224})
            """);
        Assert.Null(Read("S1.h5").Bag.Geometry);
        Assert.Equal(new TileGeometry(224, 1024, 0, 256.0 / 224, 0.25, 0, 0), Read("S1.h5", new FeatureFileOptions(SlideMpp: 0.25)).Bag.Geometry);
    }

    [H5PyFact]
    public void Atlas_files_hold_several_encoders()
    {
        H5Py.Run(folder, """
            with h5py.File('S1.h5', 'w') as f:
                f.create_dataset('coords', data=np.array([[0, 512, 512, 512, 0], [1024, 7, 512, 512, 0]], dtype=np.int32), maxshape=(None, 5), chunks=(8192, 5))
                f.create_dataset('passports', data=np.array([b'S1__x0', b'S1__x1'], dtype='S160'))
                f.attrs.update({'patch_size': 256, 'patch_size_level0': 512, 'level0_magnification': 40, 'target_magnification': 20, 'overlap': 0,
                                'level0_width': 40000, 'level0_height': 30000, 'wsi_path': '/x/S1.svs', 'num_patches': 2})
                f.create_dataset('features/resnet50', data=np.arange(6, dtype=np.float32).reshape(2, 3), chunks=(32, 3), maxshape=(None, 3))
            import shutil; shutil.copy('S1.h5', 'S2.h5')
            with h5py.File('S2.h5', 'a') as f:
                f['features/uni_v2'] = np.ones((2, 4), dtype=np.float32)
            """);
        var (bag, layout) = Read("S1.h5");
        Assert.Equal((FeatureLayout.AtlasPatch, "S1", "resnet50", 3), (layout, bag.SlideId, bag.EncoderId, bag.Dim));
        Assert.Equal(Six, bag.Features);
        Assert.Equal([new(0, 512), new(1024, 7)], bag.Coords);
        Assert.Equal(new TileGeometry(256, 512, 0, 0.5, 0.25, 40_000, 30_000), bag.Geometry);
        Assert.Contains("resnet50, uni_v2", Refused("S2.h5").Message);
        Assert.Equal(("uni_v2", 4), (Read("S2.h5", new FeatureFileOptions("uni_v2")).Bag is var two ? two.EncoderId : "", two.Dim));
        Assert.Equal("encoder-mismatch", Refused("S1.h5", new FeatureFileOptions("uni_v2")).Code);
    }

    [H5PyTheory]
    [InlineData("f['features'] = np.zeros((0, 4), np.float32); f['coords'] = np.zeros((0, 2), np.int64)", FeatureLayout.Clam)]
    [InlineData("f.create_dataset('features', shape=(0, 4), maxshape=(None, 4), chunks=(8, 4), compression='gzip'); f['coords'] = np.zeros((0,), np.int64)", FeatureLayout.Clam)]
    [InlineData("f['features'] = np.zeros((0, 4), np.float32); f['features'].attrs['encoder'] = 'uni'", FeatureLayout.Trident)]
    [InlineData("f['feats'] = np.zeros((0, 4), np.float16); f['coords'] = np.zeros((0, 2))", FeatureLayout.Stamp)]
    [InlineData("f['features/uni'] = np.zeros((0, 4), np.float32); f['coords'] = np.zeros((0, 5), np.int32)", FeatureLayout.AtlasPatch)]
    public void Empty_slides_are_empty_bags(string write, FeatureLayout expected)
    {
        H5Py.Run(folder, $"f = h5py.File('E.h5', 'w'); {write}; f.close()");
        var (bag, layout) = Read("E.h5");
        Assert.Equal((expected, 0, 4, "E"), (layout, bag.Count, bag.Dim, bag.SlideId));
        Assert.Empty(bag.Coords);
    }

    [Theory]
    [InlineData("E.h5")]
    [InlineData("E.pt")]
    public void A_file_of_0_bytes_is_called_empty(string name)
    {
        File.WriteAllBytes(Path.Combine(folder, name), []);
        Assert.Contains($"{name}", Refused(name).Message);
        Assert.Contains("is empty, a file of 0 bytes", Refused(name).Message);
    }

    [H5PyTheory]
    [InlineData("f['coords'] = np.zeros((3, 2))", "it is a patch file")]
    [InlineData("f['x'] = np.zeros((3, 2))", "neither 'features'")]
    [InlineData("f['features'] = np.zeros((3,))", "1 dimensions")]
    [InlineData("f['features'] = np.zeros((0,), np.float32)", "leave the slide out")]
    [InlineData("f['features'] = np.zeros((3, 2), np.int32)", "no floating-point numbers")]
    [InlineData("f['features'] = np.zeros((3, 2), np.float32); f['coords'] = np.zeros((2, 2), np.int32)", "2 coordinates for 3 tiles")]
    [InlineData("f['features'] = np.zeros((3, 2), np.float32); f['coords'] = np.zeros((3,), np.int32)", "(N, 2) is wanted")]
    [InlineData("f['features/__tmp_uni'] = np.zeros((3, 2), np.float32); f['coords'] = np.zeros((3, 5), np.int32)", "no features")]
    [InlineData("f['feats'] = np.zeros((3, 2), np.float16); f['coords'] = np.zeros((3, 2)); f.attrs['unit'] = 'mm'", "'mm'")]
    [InlineData("f.create_dataset('features', data=np.zeros((3, 2), np.float32), compression='lzf')", "E.h5")]
    public void What_cannot_be_used_is_named(string write, string said)
    {
        H5Py.Run(folder, $"f = h5py.File('E.h5', 'w'); {write}; f.close()");
        Assert.Contains(said, Refused("E.h5").Message);
        // What a file says of itself is enough to refuse it, but for what shows when the numbers are read.
        if (!write.Contains("lzf"))
            Assert.Contains(said, Assert.Throws<InputException>(() => FeatureFile.Peek(Path.Combine(folder, "E.h5"))).Message);
    }

    [H5PyFact]
    public void What_a_file_says_is_not_overruled()
    {
        H5Py.Run(folder, """
            with h5py.File('S1.h5', 'w') as f:
                f['features'] = np.zeros((2, 3), np.float32)
                f['features'].attrs['encoder'] = 'uni_v1'
                f['coords'] = np.zeros((2, 2), np.int64)
                f['coords'].attrs.update({'patch_size': 256, 'patch_size_level0': 512, 'target_magnification': 20})
            """);
        Assert.Contains("of encoder `uni_v1`, not of `conch`", Refused("S1.h5", new FeatureFileOptions("conch")).Message);
        Assert.Contains("256 px at 0.5", Refused("S1.h5", new FeatureFileOptions(Tiles: new TileKind(224, 0.5))).Message);
        Assert.Equal(0.25, Read("S1.h5", new FeatureFileOptions("uni_v1", new TileKind(256, 0.502))).Bag.Geometry!.SlideMpp); // 256 px at 0.5 are 512 at level 0
    }

    [Fact]
    public void A_tensor_file_is_features_alone()
    {
        static byte[] Singles(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
        new PickleAssembler().Tensor("FloatStorage", "0", 6, [2, 3]).Op('.').ZipTo(Path.Combine(folder, "S1.pt"), ("0", Singles(Six)));
        var (bag, layout) = Read("S1.pt", new FeatureFileOptions("uni_v1", new TileKind(256, 0.5)));
        Assert.Equal((FeatureLayout.Tensor, "S1", "uni_v1", 3, new TileKind(256, 0.5)), (layout, bag.SlideId, bag.EncoderId, bag.Dim, bag.Tiles));
        Assert.Equal(Six, bag.Features);
        Assert.Empty(bag.Coords);
    }
}
