using System.Globalization;
using Mhim.Features.Tests;

namespace Mhim.Workers.Tests.Commands;

/// <summary>Training and prediction on feature files that other tools' layouts have, written by h5py.</summary>
public sealed class ForeignFeatureTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-foreign-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Twenty slides, four in each layout; the odd ones have a few tiles that are higher in the first numbers. s16 has no tissue.
    void WriteCohort() => H5Py.Run(folder, """
        import os
        os.makedirs('features/h5_files'); rng = np.random.default_rng(5)
        with open('labels.csv', 'w') as t:
            t.write('case_id,slide_id,label\n')
            for s in range(20):
                n = 12
                x = rng.random((n, 24)).astype(np.float32)
                if s % 2: x[:5, :8] += 2
                xy = np.array([[256 * i, 0] for i in range(n)])
                if s == 16: x, xy = x[:0], xy[:0]
                t.write(f'p{s},s{s},{"tumour" if s % 2 else "normal"}\n')
                atlas = dict(patch_size=256, patch_size_level0=512, level0_magnification=40, target_magnification=20, overlap=0, level0_width=9000, level0_height=512)
                with h5py.File(f'features/{"h5_files/" if s % 5 == 1 else ""}s{s}.h5', 'w') as f:
                    if s % 5 == 0:
                        f['features'] = x; f['features'].attrs.update({'encoder': 'uni_v1', 'name': f's{s}'})
                        f['coords'] = xy; f['coords'].attrs.update(atlas)
                    elif s % 5 in (1, 2):
                        f.create_dataset('features', data=x, maxshape=(None, 24), chunks=(1, 24)); f['coords'] = xy.astype(np.int32)
                    elif s % 5 == 3:
                        f['feats'] = x.astype(np.float16); f['coords'] = xy * 0.25
                        f.attrs.update({'extractor': 'uni_v1', 'unit': 'um', 'tile_size_um': 128.0, 'tile_size_px': 256})
                    else:
                        f['features/uni_v1'] = x; f['features/resnet50'] = np.ones((len(x), 7)); f['coords'] = np.hstack([xy, np.zeros((len(xy), 3))]).astype(np.int32); f.attrs.update(atlas)
        """);

    [H5PyFact]
    public async Task A_cohort_in_four_layouts_trains_and_predicts_once_the_user_says_what_files_do_not()
    {
        WriteCohort();
        string[] train = ["train", "--features", "features", "--labels", "labels.csv", "--preset", "small", "--folds", "2", "--epochs", "3"];
        string[] told = ["--encoder-id", "uni_v1", "--tiles", "256@0.5"];

        // Files that do not name their encoder or tiles do not stand beside some that do.
        var unnamed = await Mhim.InAsync(folder, [.. train, "--out", "unnamed"]);
        Assert.Equal(2, unnamed.ExitCode);
        Assert.Matches("--encoder-id", unnamed.ErrorLines[^1]);
        var untiled = await Mhim.InAsync(folder, [.. train, "--encoder-id", "uni_v1", "--out", "untiled"]);
        Assert.Equal(2, untiled.ExitCode);
        Assert.Contains("--tiles 256@0.5", untiled.ErrorLines[^1]);

        var trained = await Mhim.InAsync(folder, [.. train, .. told, "--out", "run"]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        foreach (var layout in (string[])["TRIDENT", "CLAM", "STAMP", "AtlasPatch"])
            Assert.Single(trained.ErrorLines, line => line.StartsWith($"Features in the {layout} layout", StringComparison.Ordinal));

        var predicted = await Mhim.InAsync(folder, ["predict", "--features", "features", "--model", "run", .. told, "--out", "result"]);
        Assert.Equal(3, predicted.ExitCode); // some, not all: the slide without tissue, and only that
        Assert.Single(predicted.ErrorLines, line => line.Contains("s16"));
        Assert.Contains("1 of 20", predicted.ErrorLines[^1]);
        var table = File.ReadAllLines(Path.Combine(folder, "result", "predictions.csv"));
        Assert.Equal("slide,tiles,predicted,probability normal,probability tumour,easy,hard", table[0]);
        Assert.Equal(19, table.Length - 1);
        Assert.All(table.Skip(1), row => Assert.StartsWith($"{row.Split(',')[0]},12,", row));
        // Each instance has its line, whether or not its place is known.
        var instances = File.ReadAllLines(Path.Combine(folder, "result", "s1.instances.csv")).Select(line => line.Split(',')).ToArray();
        Assert.Equal("index,x,y,attention,score normal,score tumour,mask", string.Join(',', instances[0]));
        Assert.Equal(12, instances.Length - 1);
        Assert.Equal(1, instances[1..].Sum(line => double.Parse(line[3], CultureInfo.InvariantCulture)), 1e-5);
        Assert.All(instances[1..], line => Assert.Equal(1, double.Parse(line[4], CultureInfo.InvariantCulture) + double.Parse(line[5], CultureInfo.InvariantCulture), 1e-5));
        var s1 = table.Single(row => row.StartsWith("s1,", StringComparison.Ordinal)).Split(',');
        Assert.Equal((s1[^2], s1[^1]), ($"{instances.Count(line => line[^1] == "easy")}", $"{instances.Count(line => line[^1] == "hard")}"));
        Assert.Equal(19, Directory.GetFiles(Path.Combine(folder, "result"), "*.instances.csv").Length);
        // Tiles can be drawn where their places are known in pixels: TRIDENT and AtlasPatch.
        Assert.Equal(8, Directory.GetFiles(Path.Combine(folder, "result"), "*.tiles.geojson").Length);

        // STAMP's and CLAM's too, once the slides' resolution is said: 128 µm are 512 pixels of 0.25 µm.
        foreach (var layout in (string[])["CLAM", "STAMP"])
            Assert.Single(predicted.ErrorLines, line => line.StartsWith($"Files in {layout} layout do not say", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "mpp.csv"), "wsi,mpp\ns3.svs,0.25\ns1.svs,0.5\n");
        var placed = await Mhim.InAsync(folder, ["predict", "--features", "features", "--model", "run", .. told, "--mpp-table", "mpp.csv", "--out", "placed"]);
        Assert.Equal(3, placed.ExitCode);
        Assert.Equal(10, Directory.GetFiles(Path.Combine(folder, "placed"), "*.tiles.geojson").Length);
        Assert.Contains("[[[256,0],[768,0],[768,512]", File.ReadAllText(Path.Combine(folder, "placed", "s3.tiles.geojson")).Replace(" ", "").Replace("\n", ""));
        Assert.Contains("[[[256,0],[512,0],[512,256]", File.ReadAllText(Path.Combine(folder, "placed", "s1.tiles.geojson")).Replace(" ", "").Replace("\n", ""));

        var alone = await Mhim.InAsync(folder, "predict", "--features", "features/s2.h5", "--model", "run", "--out", "alone");
        Assert.Equal(2, alone.ExitCode);
        Assert.Contains("--encoder-id", alone.Error);
        var both = await Mhim.InAsync(folder, "predict", "--model", "run", "--out", "none");
        Assert.Contains("either --slide or --features", both.Error);
    }
}
