using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

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
}
