using Mhim.Tiling.Grid;

namespace Mhim.Workers.Tests.Commands;

/// <summary>How tissue is found and which tiles count, said on the command line.</summary>
public sealed class TissueChoiceTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-choices-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    async Task<TileGrid> TiledAsync(params string[] options)
    {
        var run = await Mhim.InAsync(folder, ["tile", TestData.Slide("CMU-1-Small-Region.svs"), "--out", "out", .. options]);
        Assert.True(run.ExitCode == 0, run.Error);
        return TileGrid.Load(Path.Combine(folder, "out", "CMU-1-Small-Region_patches.h5"));
    }

    [SlideFact]
    public async Task Each_of_them_changes_the_tiles()
    {
        var usual = await TiledAsync();
        Assert.Equal(usual.TissueShare, (await TiledAsync("--tissue", "default")).TissueShare);
        Assert.True((await TiledAsync("--tissue", "resection")).TissueShare < usual.TissueShare); // wants a saturation of 15
        Assert.True((await TiledAsync("--saturation", "60")).TissueShare < 0.9 * usual.TissueShare);
        Assert.NotEqual(usual.TissueShare, (await TiledAsync("--otsu")).TissueShare);
        Assert.True((await TiledAsync("--min-tissue", "0.9")).Coords.Length < usual.Coords.Length);
        var overlapping = await TiledAsync("--overlap", "128");
        Assert.Equal(128, overlapping.Geometry.Overlap);
        Assert.InRange(overlapping.Coords.Length, 3 * usual.Coords.Length, 5 * usual.Coords.Length);
    }

    [SlideFact]
    public async Task Features_follow_them_and_are_made_anew_when_they_change()
    {
        async Task<int> TilesAsync(params string[] options)
        {
            var run = await Mhim.InAsync(folder, ["extract", TestData.Slide("CMU-1-Small-Region.svs"), "--out", "out", .. options]);
            Assert.True(run.ExitCode == 0, run.Error);
            return Features.Files.TridentFile.ReadFeatures(Path.Combine(folder, "out", "CMU-1-Small-Region.h5")).Count;
        }
        var usual = await TilesAsync();
        Assert.InRange(await TilesAsync("--min-tissue", "0.9"), 1, usual - 1);
        Assert.Equal(usual, await TilesAsync());
    }

    [SlideFact]
    public async Task A_resolution_that_the_file_contradicts_is_taken_and_said_so()
    {
        var run = await Mhim.InAsync(folder, "tile", TestData.Slide("CMU-1-Small-Region.svs"), "--out", "out", "--mpp", "0.25", "--tile-size", "128");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("CMU-1-Small-Region: 0.25 µm per pixel is taken as you said, though the file says otherwise (openslide.mpp-x 0.499 µm/px", run.Error);
        run = await Mhim.InAsync(folder, "tile", TestData.Slide("CMU-1-Small-Region.svs"), "--out", "out", "--mpp", "0.5");
        Assert.DoesNotContain("though the file", run.Error);
    }

    [Fact]
    public async Task With_features_there_is_nothing_left_for_them_to_choose()
    {
        var run = await Mhim.InAsync(folder, "predict", "--features", folder, "--model", folder, "--out", "out", "--otsu", "--overlap", "16");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--otsu, --overlap: with --features the tiles are cut already.", run.Error);
        Assert.False(Directory.Exists(Path.Combine(folder, "out")));
    }
}
