namespace Mhim.Workers.Tests.Commands;

/// <summary>What lies where <c>--out</c> points.</summary>
public sealed class OutFolderTests : TrainFolder
{
    [Theory]
    [InlineData("train --bags bags.csv")]
    [InlineData("train --bags bags.csv --seeds 2")]
    [InlineData("predict --bags bags.csv --model run")]
    [InlineData("compare run other")]
    [InlineData("tile x.svs")]
    [InlineData("extract x.svs")]
    [InlineData("demo")]
    [InlineData("model import weights.pt --encoder-id resnet50")]
    public async Task A_file_where_a_folder_is_wanted_is_named_as_one(string verb)
    {
        BagTable("bags.csv", 8);
        File.WriteAllText(Path.Combine(folder, "weights.pt"), "");
        File.WriteAllText(Path.Combine(folder, "taken"), "mine");
        foreach (var (place, sentence) in ((string, string)[])[("taken", "taken` is a file; name a folder."), ("taken/deep/run", "taken/deep/run` cannot be made: `")])
        {
            var refused = await Mhim.InAsync(folder, [.. verb.Split(' '), "--out", place]);
            Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
            Assert.Contains(sentence, refused.Error);
            Assert.Contains("taken` is a file; name a folder.", refused.Error);
        }
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "taken")));
    }

    [Fact]
    public async Task A_folder_that_holds_a_model_gets_no_run()
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "model")).FullName, "card.json"), "{}");
        var refused = await TrainAsync(BagTable("bags.csv", 8), "model", "--folds", "2");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("holds a model, which would be taken for the run's", refused.Error);
        Assert.Equal(["card.json"], Directory.GetFileSystemEntries(Path.Combine(folder, "model")).Select(Path.GetFileName));
    }
}
