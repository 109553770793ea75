using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tests.Fiducials;

namespace Mhim.Tiling.Tests.Slides;

public sealed class SlideFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-slides-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [SlideFact]
    public void An_aperio_slide_says_what_it_is()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var info = slide.Info;
        Assert.Equal(("aperio", 2220L, 2967L, 1), (info.Vendor, info.Width, info.Height, info.Levels.Count));
        Assert.Equal(0.499, info.Resolution.Require(), 3);
        Assert.Equal(ResolutionSource.OpenSlide, info.Resolution.Source);
        Assert.Equal(20, info.ObjectivePower);
        Assert.Contains("label", info.AssociatedImages);
    }

    [SlideFact]
    public void Other_makers_slides_open_too()
    {
        using var slide = SlideFile.Open(TestSlides.Of("fluorescence-DAPI.ndpi"));
        Assert.Equal(("hamamatsu", 3968L, 4864L), (slide.Info.Vendor, slide.Info.Width, slide.Info.Height));
        Assert.Equal(0.228, slide.Info.Resolution.Require(), 3);
    }

    [SlideFact]
    public void A_resolution_that_no_slide_has_is_refused_until_somebody_says_it()
    {
        var path = TestSlides.Of("IDC_14082_4um.tif");
        using (var slide = SlideFile.Open(path))
        {
            var error = Assert.Throws<InputException>(() => slide.Info.Resolution.Require());
            Assert.Equal("mpp-implausible", error.Code);
            Assert.Contains("if it is right say --mpp 4", error.Message);
        }
        using var said = SlideFile.Open(path, 4);
        Assert.Equal((4.0, ResolutionSource.User), (said.Info.Resolution.Require(), said.Info.Resolution.Source));
    }

    [SlideTheory]
    [InlineData("broken_histolab.svs", "slide-unknown-format")]
    [InlineData("png_renamed.svs", "slide-unknown-format")]
    [InlineData("unopenable.tiff", "slide-unreadable")]
    [InlineData("unreadable.svs", "slide-unreadable")]
    [InlineData("CMU1_truncated_62pct.svs", "slide-unreadable")]
    public void A_broken_slide_is_one_clear_sentence(string name, string code)
    {
        var path = TestSlides.Of(Path.Combine("broken", name));
        var error = Assert.Throws<InputException>(() =>
        {
            using var slide = SlideFile.Open(path, 0.5);
            // Some open and break only where the pixels are missing.
            var pixels = new byte[512 * 512 * 3];
            for (long y = 0; y < slide.Info.Height; y += 512)
                for (long x = 0; x < slide.Info.Width; x += 512)
                    slide.ReadRegion(0, x, y, 512, 512, pixels);
        });
        Assert.Equal(code, error.Code);
        Assert.Contains(name, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_DICOM_file_that_OpenSlide_does_not_open_is_called_one()
    {
        var path = Path.Combine(folder, "slide.dcm");
        File.WriteAllBytes(path, [.. new byte[128], .. "DICM"u8, .. new byte[64]]);
        var error = Assert.Throws<InputException>(() => SlideFile.Open(path));
        Assert.Equal("slide-unknown-format", error.Code);
        Assert.Contains("is a DICOM file", error.Message);
    }

    [SlideFact]
    public void After_an_error_what_is_whole_can_still_be_read()
    {
        var path = Path.Combine(folder, "hurt.svs");
        File.Copy(TestSlides.Of("CMU-1-Small-Region.svs"), path);
        BreakLastTile(path);
        using var slide = SlideFile.Open(path);
        var first = new byte[64 * 64 * 3];
        var again = new byte[64 * 64 * 3];
        slide.ReadRegion(0, 0, 0, 64, 64, first);
        var error = Assert.Throws<InputException>(() => slide.ReadRegion(0, slide.Info.Width - 64, slide.Info.Height - 64, 64, 64, new byte[64 * 64 * 3]));
        Assert.Equal("slide-unreadable", error.Code);
        slide.ReadRegion(0, 0, 0, 64, 64, again);
        Assert.Contains(first, value => value is not (0 or 255));
        Assert.Equal(first, again);
    }

    // Little-endian TIFF: the first directory's tag 324 (TileOffsets) points to the places of the tiles.
    static void BreakLastTile(string path)
    {
        var bytes = File.ReadAllBytes(path);
        int Int(int at) => BitConverter.ToInt32(bytes, at);
        int directory = Int(4), entries = BitConverter.ToUInt16(bytes, directory);
        int offsets = Enumerable.Range(0, entries).Select(i => directory + 2 + 12 * i).Single(entry => BitConverter.ToUInt16(bytes, entry) == 324);
        int last = Int(Int(offsets + 8) + 4 * (Int(offsets + 4) - 1));
        Array.Clear(bytes, last, 64);
        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public void Paths_that_are_no_slide_say_why()
    {
        var empty = Path.Combine(folder, "empty.svs");
        File.WriteAllBytes(empty, []);
        string CodeOf(string path) => Assert.Throws<InputException>(() => SlideFile.Open(path)).Code;
        Assert.Equal("slide-missing", CodeOf(Path.Combine(folder, "nowhere.svs")));
        Assert.Equal("slide-not-a-file", CodeOf(folder));
        Assert.Equal("slide-empty", CodeOf(empty));
        Assert.Equal("mpp-implausible", Assert.Throws<InputException>(() => SlideFile.Open(empty, -1)).Code);
    }

    [SlideFact]
    public void Unknown_levels_and_short_spans_are_refused_and_outside_is_white()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        Assert.Throws<ArgumentOutOfRangeException>(() => slide.ReadRegion(1, 0, 0, 8, 8, new byte[192]));
        Assert.Throws<ArgumentException>(() => slide.ReadRegion(0, 0, 0, 8, 8, new byte[191]));
        var outside = new byte[192];
        slide.ReadRegion(0, -100, -100, 8, 8, outside);
        Assert.All(outside, value => Assert.Equal(255, value));
    }

    [Theory]
    [InlineData("0.25", null, null, 0.25, null)]
    [InlineData("0,25", null, null, 0.25, null)]
    [InlineData(null, null, null, null, "mpp-missing")]
    [InlineData("2500", null, null, 2500.0, "mpp-implausible")]
    [InlineData("2.5", "40", null, 2.5, "mpp-contradictory")]
    [InlineData("0.252", "40", null, 0.252, null)]
    [InlineData("0.25", null, "0.5", 0.25, "mpp-contradictory")]
    public void Resolutions_are_trusted_or_refused(string? mppX, string? power, string? mppY, double? expected, string? code)
    {
        var properties = new Dictionary<string, string> { ["openslide.vendor"] = "aperio" };
        if (mppX is not null) properties["openslide.mpp-x"] = mppX;
        if (mppY is not null) properties["openslide.mpp-y"] = mppY;
        if (power is not null) properties["openslide.objective-power"] = power;
        var resolution = SlideResolution.Of("s.svs", properties, null);
        Assert.Equal((expected, code), (resolution.Mpp, resolution.ProblemCode));
    }

    [Fact]
    public void A_plain_tiff_is_believed_by_its_resolution_tags()
    {
        var properties = new Dictionary<string, string>
        {
            ["openslide.vendor"] = "generic-tiff", ["tiff.ResolutionUnit"] = "centimeter", ["tiff.XResolution"] = "20000", ["tiff.YResolution"] = "20000",
        };
        var verdict = SlideResolution.Of("s.tif", properties, null);
        Assert.Equal((0.5, ResolutionSource.Tiff, null, ResolutionConfidence.Low), (verdict.Mpp, verdict.Source, verdict.Problem, verdict.Confidence));
        properties["openslide.objective-power"] = "20";
        Assert.Equal(ResolutionConfidence.Medium, SlideResolution.Of("s.tif", properties, null).Confidence);
        properties["openslide.objective-power"] = "40";
        Assert.Equal("mpp-contradictory", SlideResolution.Of("s.tif", properties, null).ProblemCode);
    }

    [Theory]
    [InlineData("0.25", "0.25", null, null, ResolutionConfidence.Medium, null)]             // the same key twice is no second witness
    [InlineData("0.25", "0.25", "40", null, ResolutionConfidence.High, null)]
    [InlineData("0.25", null, null, "0.252", ResolutionConfidence.High, null)]              // TIFF tags agree
    [InlineData("0.25", null, "40", "352.8", ResolutionConfidence.High, null)]              // 72 dpi says nothing
    [InlineData("0.25", null, "40", "0.3", ResolutionConfidence.Low, null)]                 // somewhat off: used, but in doubt
    [InlineData("0.25", null, null, "2.5", ResolutionConfidence.None, "mpp-contradictory")] // ten times off
    [InlineData("2.5", "0.25", null, null, ResolutionConfidence.None, "mpp-contradictory")]
    [InlineData("0.23388", null, "20", null, ResolutionConfidence.Low, null)]               // 3DHISTECH, Zeiss: the pixels count, not the objective's name
    [InlineData("0.5", "0.5", "40", null, ResolutionConfidence.Low, null)]
    [InlineData("0.25", null, "4", null, ResolutionConfidence.None, "mpp-contradictory")]
    [InlineData("0.04", null, null, null, ResolutionConfidence.None, "mpp-implausible")]
    [InlineData("5.5", null, null, null, ResolutionConfidence.None, "mpp-implausible")]
    public void Sources_of_resolution_are_checked_against_each_other(
        string openSlide, string? aperio, string? power, string? tiff, ResolutionConfidence confidence, string? code)
    {
        var properties = new Dictionary<string, string> { ["openslide.vendor"] = "aperio", ["openslide.mpp-x"] = openSlide };
        if (aperio is not null) properties["aperio.MPP"] = aperio;
        if (power is not null) properties["openslide.objective-power"] = power;
        if (tiff is not null)
            (properties["tiff.ResolutionUnit"], properties["tiff.XResolution"]) = ("centimeter", $"{10_000 / double.Parse(tiff)}");
        var verdict = SlideResolution.Of("s.svs", properties, null);
        Assert.Equal((confidence, code), (verdict.Confidence, verdict.ProblemCode));
        if (code is not null)
            Assert.Contains("--mpp", verdict.Problem);
    }

    [Fact]
    public void A_MIRAX_slide_scanned_with_a_20x_objective_at_0_23_is_used_and_says_so()
    {
        var path = Path.Combine(folder, "m.mrxs");
        MiraxFile.Write(path, new FiducialPicture(512, 384, 0.23388, 128, 128, 384, 256), 2, (1, 1, 3, 2), objective: 20);
        using var slide = SlideFile.Open(path);
        var resolution = slide.Info.Resolution;
        Assert.Equal(0.23388, resolution.Require(), 1e-6);
        Assert.Equal((20.0, ResolutionConfidence.Low), (slide.Info.ObjectivePower, resolution.Confidence));
        Assert.Contains("objective 20x, about 0.5 µm/px", resolution.Notes);
    }

    [Fact]
    public void The_user_is_believed_and_shown_what_the_file_says_otherwise()
    {
        var properties = new Dictionary<string, string> { ["openslide.vendor"] = "aperio", ["openslide.mpp-x"] = "0.25" };
        var verdict = SlideResolution.Of("s.svs", properties, 4);
        Assert.Equal((4.0, ResolutionSource.User, null, ResolutionConfidence.Medium), (verdict.Mpp, verdict.Source, verdict.Problem, verdict.Confidence));
        Assert.Equal(["openslide.mpp-x 0.25 µm/px"], verdict.Notes);
    }

    [SlideFact]
    public void A_nonsense_resolution_is_refused_and_then_accepted_by_hand()
    {
        using (var slide = SlideFile.Open(TestSlides.Of("IDC_14082_4um.tif")))
        {
            var refused = Assert.Throws<InputException>(() => slide.Info.Resolution.Require());
            Assert.Equal("mpp-implausible", refused.Code);
            Assert.Contains("--mpp", refused.Message);
        }
        using (var slide = SlideFile.Open(TestSlides.Of("IDC_14082_4um.tif"), 4))
            Assert.Equal((4, ResolutionConfidence.High), (slide.Info.Resolution.Require(), slide.Info.Resolution.Confidence));
        using (var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs")))
            Assert.Equal((0.499, ResolutionConfidence.High), (slide.Info.Resolution.Require(), slide.Info.Resolution.Confidence));
    }

    [Fact]
    public void One_giant_tile_is_refused_before_anybody_decodes_it()
    {
        // A picture whose tags say that its one tile has 20,480² pixels: 1.6 GB for whoever wants one of them.
        var path = Path.Combine(folder, "giant.tif");
        using (var picture = NetVips.Image.Black(300, 300, 3))
            picture.Tiffsave(path, compression: NetVips.Enums.ForeignTiffCompression.Jpeg, tile: true, tileWidth: 512, tileHeight: 512, xres: 2000, yres: 2000);
        var bytes = File.ReadAllBytes(path);
        int directory = BitConverter.ToInt32(bytes, 4), entries = BitConverter.ToUInt16(bytes, directory);
        for (int i = 0; i < entries; i++)
            if (directory + 2 + 12 * i is var entry && BitConverter.ToUInt16(bytes, entry) is 322 or 323) // TileWidth, TileLength
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(entry + 2), (ushort)4); // LONG
                BitConverter.TryWriteBytes(bytes.AsSpan(entry + 8), 20_480);
            }
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<InputException>(() => SlideFile.Open(path));
        Assert.Equal("slide-tiles-too-large", error.Code);
        Assert.Contains("20480×20480", error.Message);
    }
}
