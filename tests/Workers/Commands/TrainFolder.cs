using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

/// <summary>A folder in which <c>mhim train</c> is tried, with a small bag table.</summary>
public abstract class TrainFolder : IDisposable
{
    protected readonly string folder = Directory.CreateTempSubdirectory("mhim-train-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    protected string BagTable(string name, int bags)
    {
        var random = new Random(5);
        var text = new StringBuilder("bag_id,bag_label,f0,f1,f2\n");
        for (int bag = 0; bag < bags; bag++)
            for (int i = 0; i < 6; i++)
                text.Append(CultureInfo.InvariantCulture, $"b{bag},{bag % 2},{random.NextDouble() + (bag % 2 == 1 && i == 0 ? 3 : 0)},{random.NextDouble()},{random.NextDouble()}\n");
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text.ToString());
        return path;
    }

    private protected Task<Mhim.Run> TrainAsync(string table, string run, params string[] more) =>
        Mhim.InAsync(folder, ["train", "--bags", table, "--preset", "plain", "--epochs", "3", "--out", Path.Combine(folder, run), .. more]);

    protected JsonNode ReadJson(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!;

    protected void WriteSurvivalCohort(out string features, out string labels)
    {
        features = Path.Combine(folder, "features");
        labels = Path.Combine(folder, "survival.csv");
        var random = new Random(9);
        var table = new StringBuilder("case_id,slide_id,survival_months,censorship\n");
        for (int patient = 0; patient < 32; patient++)
        {
            var values = new float[5 * 256];
            for (int i = 0; i < values.Length; i++)
                values[i] = random.NextSingle();
            TridentFile.WriteFeatures(Path.Combine(features, $"s{patient}.h5"), new FeatureBag($"s{patient}", "stain-texture", 256, values,
                [.. Enumerable.Range(0, 5).Select(i => new TileCoord(256 * i, 0))], new TileGeometry(256, 256, 0, 0.5, 0.5, 2000, 2000)));
            table.Append(CultureInfo.InvariantCulture, $"p{patient},s{patient}.svs,{3 + patient * 1.5},{patient % 3 / 2}\n");
        }
        File.WriteAllText(labels, table.ToString());
    }
}
