using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Tests.Fiducials;

namespace Mhim.Workers.Tests.Commands;

/// <summary>A MIRAX slide of which only a part was scanned, from tissue to GeoJSON.</summary>
public sealed class MiraxTests : IDisposable
{
    const int Left = 3 * MiraxFile.Side, Top = 5 * MiraxFile.Side, Across = 12 * MiraxFile.Side, Down = 10 * MiraxFile.Side;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-mirax-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    async Task<Mhim.Run> Ok(params string[] line)
    {
        var run = await Mhim.InAsync(folder, line);
        Assert.True(run.ExitCode == 0, run.Error);
        return run;
    }

    [Fact]
    public async Task Files_for_QuPath_count_from_the_corner_of_the_bounds_and_all_others_from_that_of_level_0()
    {
        var picture = new FiducialPicture(20 * MiraxFile.Side, 16 * MiraxFile.Side, 0.5, Left, Top, Left + Across, Top + Down);
        MiraxFile.Write(Path.Combine(folder, "m.mrxs"), picture, 5, (3, 5, 15, 15));
        await Ok("extract", "m.mrxs", "--keep-marks", "--out", "features");
        var bag = TridentFile.ReadFeatures(Path.Combine(folder, "features", "m.h5"));
        Assert.Equal((Left, Top), (bag.Coords.Min(c => c.X), bag.Coords.Min(c => c.Y)));
        var (x, y) = Corners(Directory.GetFiles(folder, "*.tissue.geojson", SearchOption.AllDirectories).Single());
        Assert.InRange(x.Min(), 0, 64);
        Assert.InRange(x.Max(), Across - 64, Across);
        Assert.InRange(y.Min(), 0, 64);
        Assert.InRange(y.Max(), Down - 64, Down);

        WriteCohort(bag);
        await Ok("train", "--features", "cohort", "--labels", "labels.csv", "--preset", "plain", "--folds", "2", "--epochs", "1", "--out", "run");
        await Ok("predict", "--slide", "m.mrxs", "--keep-marks", "--model", "run", "--out", "result");
        var drawn = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "result", "tiles.geojson")))!["features"]!.AsArray()
            .Select(tile => tile!["geometry"]!["coordinates"]![0]![0]!).Select(corner => ((long)corner[0]!, (long)corner[1]!));
        Assert.Equal(bag.Coords.Select(c => (c.X - Left, c.Y - Top)), drawn);
        var numbers = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(Path.Combine(folder, "result", "tiles.bin")).AsSpan(0, 8 * bag.Count)).ToArray();
        Assert.Equal(bag.Coords.Select(c => (int)c.X).Concat(bag.Coords.Select(c => (int)c.Y)), numbers);
    }

    [Fact]
    public async Task A_slide_whose_other_files_were_copied_again_is_extracted_again()
    {
        var picture = new FiducialPicture(20 * MiraxFile.Side, 16 * MiraxFile.Side, 0.5, Left, Top, Left + Across, Top + Down);
        var path = Path.Combine(folder, "m.mrxs");
        async Task<FeatureBag> ExtractedAsync()
        {
            await Ok("extract", "m.mrxs", "--keep-marks", "--out", "features");
            return TridentFile.ReadFeatures(Path.Combine(folder, "features", "m.h5"));
        }
        MiraxFile.Write(path, picture, 5, (3, 5, 15, 11));
        var first = await ExtractedAsync();
        var written = File.GetLastWriteTimeUtc(Path.Combine(folder, "features", "m.h5"));
        await ExtractedAsync();
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(folder, "features", "m.h5")));
        MiraxFile.Write(path, picture, 5, (3, 5, 15, 15)); // the .mrxs file itself says nothing
        Assert.True((await ExtractedAsync()).Count > first.Count);
    }

    [Fact]
    public async Task A_slide_that_is_damaged_in_places_is_predicted_and_drawn()
    {
        var picture = new FiducialPicture(20 * MiraxFile.Side, 16 * MiraxFile.Side, 0.5, Left, Top, Left + Across, Top + Down);
        MiraxFile.Write(Path.Combine(folder, "m.mrxs"), picture, 5, (3, 5, 15, 15));
        await Ok("extract", "m.mrxs", "--keep-marks", "--out", "features");
        var bag = TridentFile.ReadFeatures(Path.Combine(folder, "features", "m.h5"));
        WriteCohort(bag);
        await Ok("train", "--features", "cohort", "--labels", "labels.csv", "--preset", "plain", "--folds", "2", "--epochs", "1", "--out", "run");
        var data = Path.Combine(folder, "m", "Data0000.dat");
        var bytes = File.ReadAllBytes(data);
        bytes.AsSpan(bytes.Length / 20, bytes.Length / 20).Clear(); // images of level 0, which come first
        File.WriteAllBytes(data, bytes);
        await Ok("predict", "--slide", "m.mrxs", "--keep-marks", "--max-unreadable", "0.5", "--model", "run", "--out", "result");
        Assert.InRange(TridentFile.ReadFeatures(Path.Combine(folder, "result", "features.h5")).Count, 1, bag.Count - 1);
        Assert.True(File.Exists(Path.Combine(folder, "result", "prediction.json")) && File.Exists(Path.Combine(folder, "result", "heatmap.png")));
    }

    static (List<long> X, List<long> Y) Corners(string path)
    {
        var points = JsonNode.Parse(File.ReadAllText(path))!["features"]!.AsArray()
            .SelectMany(piece => piece!["geometry"]!["coordinates"]!.AsArray()).SelectMany(ring => ring!.AsArray()).ToList();
        return ([.. points.Select(point => (long)point![0]!)], [.. points.Select(point => (long)point![1]!)]);
    }

    void WriteCohort(FeatureBag real)
    {
        var (random, table) = (new Random(4), new StringBuilder("case_id,slide_id,label\n"));
        for (var slide = 0; slide < 12; slide++)
        {
            TridentFile.WriteFeatures(Path.Combine(folder, "cohort", $"s{slide}.h5"), new FeatureBag($"s{slide}", real.EncoderId, real.Dim,
                [.. real.Features.Select(f => f + 0.1f * random.NextSingle() + slide % 2)], real.Coords, real.Geometry));
            table.Append($"p{slide},s{slide},{(slide % 2 == 1 ? "tumour" : "normal")}\n");
        }
        File.WriteAllText(Path.Combine(folder, "labels.csv"), table.ToString());
    }
}
