using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

/// <summary>A table none of whose slides has features.</summary>
public sealed class WithoutFeaturesTests : TrainFolder
{
    [Theory]
    [InlineData("", "`features` holds no feature files")]
    [InlineData("a1,x", "the table names `A1`, `features` holds `a1.h5`. They differ only in case")]
    [InlineData("A1-DX,B1-DX", "the table names `A1`, `features` holds `A1-DX.h5`. Name files by the table's exact slide ids.")]
    public async Task Both_sides_are_shown_and_nothing_is_counted_first(string files, string said)
    {
        Directory.CreateDirectory(Path.Combine(folder, "features"));
        foreach (var id in files.Split(',', StringSplitOptions.RemoveEmptyEntries))
            TridentFile.WriteFeatures(Path.Combine(folder, "features", id + ".h5"), new FeatureBag(id, "test", 1, [1], [new TileCoord(0, 0)], new TileGeometry(256, 512, 0, 0.5, 0.25, 900, 900)));
        File.WriteAllText(Path.Combine(folder, "labels.csv"), "case_id,slide_id,label\np,A1,0\nq,B1,1\n");
        foreach (var verb in (string[])["train --labels labels.csv --out run", "predict --cases labels.csv --model none --out said"])
        {
            // A folder without files needs no table to be refused.
            if (verb.StartsWith("predict", StringComparison.Ordinal))
            {
                File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "none")).FullName, "card.json"), "{}");
                if (files.Length == 0)
                    continue;
            }
            var refused = await Mhim.InAsync(folder, [.. verb.Split(' '), "--features", "features"]);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains(said, Assert.Single(refused.ErrorLines));
        }
        Assert.False(Directory.Exists(Path.Combine(folder, "run")));
    }
}
