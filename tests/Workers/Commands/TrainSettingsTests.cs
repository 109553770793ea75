using System.Text.Json.Nodes;
using Mhim.Mil.Training;

namespace Mhim.Workers.Tests.Commands;

/// <summary>The options of <c>mhim train</c> that say how to learn.</summary>
public sealed class TrainSettingsTests : TrainFolder
{
    [Fact]
    public async Task The_teachers_momentum_may_follow_a_schedule()
    {
        var refused = await TrainAsync(BagTable("bags.csv", 16), "plain", "--momentum-schedule", "cosine");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("--momentum-schedule", refused.Error);
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 16), "--preset", "small", "--momentum-schedule", "cosine", "--epochs", "1", "--folds", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Equal("CosineToOne", (string)ReadJson("run/run.json")["options"]!["model"]!["teacher"]!["schedule"]!);
    }

    [Fact]
    public async Task A_search_tries_the_reference_grid_in_each_fold()
    {
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 16), "--preset", "small", "--search", "--epochs", "1", "--folds", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        foreach (var fold in (int[])[0, 1])
        {
            var points = Directory.GetFiles(Path.Combine(folder, $"run/fold-{fold}/search"), "training.json", SearchOption.AllDirectories);
            Assert.Equal(18, points.Length);
            Assert.True(File.Exists(Path.Combine(folder, $"run/fold-{fold}/mhim/model.safetensors")));
        }
        // What is named is not searched for.
        var named = await Mhim.InAsync(folder, "train", "--bags", "bags.csv", "--preset", "small", "--search", "--mask-ratio", "0.2", "--tokens", "2", "--epochs", "1", "--folds", "2", "--out", "named");
        Assert.True(named.ExitCode == 0, named.Error);
        var tried = Directory.GetFiles(Path.Combine(folder, "named/fold-0/search"), "config.json", SearchOption.AllDirectories).Where(path => path.Contains("point-")).ToList();
        Assert.Equal(2, tried.Count);
        Assert.All(tried, path => Assert.Contains("\"ratioHigh\": 0.2", File.ReadAllText(path)));
        foreach (var idle in (string[][])[["--patient-column", "f0"], ["--encoder-id", "uni"], ["--survival-alpha", "0.2"], ["--preset", "reference", "--validation", "0.3"]])
        {
            var told = await Mhim.InAsync(folder, ["train", "--bags", "bags.csv", "--epochs", "1", "--folds", "2", "--out", "idle", .. idle]);
            Assert.Equal((2, 1, false), (told.ExitCode, told.ErrorLines.Length, Directory.Exists(Path.Combine(folder, "idle"))));
            Assert.Contains(idle[^2], told.Error);
        }
        var refused = await TrainAsync(BagTable("bags.csv", 16), "plain", "--search");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("--search changes the mask", refused.Error);
    }

    [Fact]
    public async Task A_model_of_a_bag_table_predicts_for_another_table()
    {
        var trained = await TrainAsync(BagTable("bags.csv", 16), "run", "--folds", "2");
        Assert.True(trained.ExitCode == 0, trained.Error);
        File.WriteAllLines(Path.Combine(folder, "new.csv"), File.ReadLines(Path.Combine(folder, "bags.csv")).Select(line => line.Replace(",0,", ",,").Replace("b1,1,", "b/1,,")));
        var predicted = await Mhim.InAsync(folder, "predict", "--bags", "new.csv", "--model", "run", "--out", "said");
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        Assert.Equal(17, File.ReadAllLines(Path.Combine(folder, "said/predictions.csv")).Length);
        Assert.Equal(7, File.ReadAllLines(Path.Combine(folder, "said/b_1.instances.csv")).Length);
        File.WriteAllText(Path.Combine(folder, "wide.csv"), "bag_id,bag_label,f0\nx,,1\n");
        var refused = await Mhim.InAsync(folder, "predict", "--bags", "wide.csv", "--model", "run", "--out", "no");
        Assert.Equal((2, 1), (refused.ExitCode, refused.ErrorLines.Length));
        Assert.Contains("`wide.csv` has 1 feature, the model was trained on 3", refused.Error);
        Assert.Equal(2, (await Mhim.InAsync(folder, "predict", "--bags", "new.csv", "--features", ".", "--model", "run", "--out", "no")).ExitCode);
    }

    [Fact]
    public async Task Each_training_is_done_again_as_often_as_asked()
    {
        var bags = BagTable("bags.csv", 16);
        var trained = await Mhim.InAsync(folder, "train", "--bags", bags, "--preset", "small", "--restarts", "1", "--epochs", "1", "--folds", "2", "--out", "run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        foreach (var fold in (int[])[0, 1])
            Assert.Equal(["baseline", "baseline-again-1", "point-00", "point-00-again-1"],
                Directory.GetDirectories(Path.Combine(folder, $"run/fold-{fold}/search")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var refused = await Mhim.InAsync(folder, "train", "--bags", bags, "--restarts", "-1", "--out", "other");
        Assert.Equal((2, false), (refused.ExitCode, Directory.Exists(Path.Combine(folder, "other"))));
    }

    [Fact]
    public async Task Sixteen_bits_are_trained_in_where_the_processor_has_them_and_refused_where_not()
    {
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 16), "--preset", "small", "--device", "cpu", "--precision", "bf16", "--epochs", "1", "--folds", "2", "--out", "run");
        if (Precisions.ProcessorHasBFloat16)
            Assert.True(trained.ExitCode == 0, trained.Error);
        else
            Assert.Equal((2, true, false), (trained.ExitCode, trained.Error.Contains("Leave --precision out"), Directory.Exists(Path.Combine(folder, "run"))));
    }

    [Fact]
    public async Task Single_settings_change_the_preset_and_what_a_preset_lacks_is_refused()
    {
        var trained = await Mhim.InAsync(folder, "train", "--bags", BagTable("bags.csv", 16), "--preset", "small", "--epochs", "1", "--folds", "2", "--out", "run",
            "--width", "32", "--lr", "1e-3", "--weight-decay", "0.01", "--dropout", "0", "--mask-ratio", "0.1", "--keep-ratio", "0.7", "--tokens", "2", "--consistency", "0.02",
            "--student", "baseline", "--mhim-lr", "2.5e-4");
        Assert.True(trained.ExitCode == 0, trained.Error);
        var options = ReadJson("run/run.json")["options"]!;
        var model = options["model"]!;
        Assert.Equal((32, 0.0, 0.02), ((int)model["embedDim"]!, (double)model["dropout"]!, (double)model["consistency"]!["weight"]!));
        Assert.Equal((0.1, 0.7, 2), ((double)model["masking"]!["ratioHigh"]!, (double)model["recycling"]!["keepRatio"]!, (int)model["recycling"]!["tokens"]!));
        foreach (var (stage, rate) in new[] { ("baseline", 1e-3), ("training", 2.5e-4) })
            Assert.Equal((rate, 0.01), ((double)options[stage]!["learningRate"]!, (double)options[stage]!["weightDecay"]!));
        Assert.Equal("baseline", (string)options["student"]!, ignoreCase: true);
        var refused = await TrainAsync(BagTable("bags.csv", 16), "plain", "--tokens", "3");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--tokens changes the recycle network", refused.Error);
        var withoutStudent = await TrainAsync(BagTable("bags.csv", 16), "plain", "--mhim-lr", "1e-4");
        Assert.Equal(2, withoutStudent.ExitCode);
        Assert.Contains("--mhim-lr changes the student", withoutStudent.Error);
    }

    [Fact]
    public async Task The_classes_that_a_refusal_proposes_are_taken()
    {
        File.WriteAllText(Path.Combine(folder, "labels.csv"), "slide_id,label\na,-\nb,+\nc,-\nd,+\n");
        string[] train = ["train", "--features", "nowhere", "--labels", "labels.csv", "--out", "signs"];
        Assert.Contains("say so with --classes -,+, or", (await Mhim.InAsync(folder, train)).Error);
        // With them nothing is wrong with the table any more.
        Assert.Contains("There is no folder `nowhere`", (await Mhim.InAsync(folder, [.. train, "--classes", "-,+"])).Error);
    }
}
