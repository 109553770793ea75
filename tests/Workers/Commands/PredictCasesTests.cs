using System.Globalization;
using System.Text;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Tests.Commands;

/// <summary><c>mhim predict --cases</c>: a model of patients answers for patients.</summary>
public sealed class PredictCasesTests : IDisposable
{
    const int Patients = 24;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-cases-").FullName;
    readonly Random random = new(3);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string SlideOf(int patient, int slide) => slide == 0 ? $"b/x{patient}" : $"x{patient}-{slide}";

    /// <summary>Two slides of every patient, of other lengths; the first patient has a third without tissue.</summary>
    void WriteFeatures()
    {
        for (var patient = 0; patient < Patients; patient++)
            for (var slide = 0; slide < (patient == 0 ? 3 : 2); slide++)
            {
                var count = slide == 2 ? 0 : 4 + slide + patient % 3;
                TridentFile.WriteFeatures(Path.Combine(folder, "features", SlideOf(patient, slide) + ".h5"), new FeatureBag(SlideOf(patient, slide), "test", 4,
                    [.. Enumerable.Range(0, 4 * count).Select(_ => random.NextSingle() + patient)], [.. Enumerable.Range(0, count).Select(i => new TileCoord(512 * i, 0))], new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 9000)));
            }
    }

    /// <summary>As a spreadsheet saves it: with a mark in front, semicolons, extensions; rows of a patient are not neighbours.</summary>
    void WriteTable(string name, string header, Func<int, string> outcome)
    {
        var rows = Enumerable.Range(0, 3).SelectMany(slide => Enumerable.Range(0, Patients).Where(patient => slide < 2 || patient == 0)
            .Select(patient => $"case/{patient};{SlideOf(patient, slide)}.svs;{outcome(patient)}"));
        File.WriteAllText(Path.Combine(folder, name), string.Join('\n', rows.Prepend("case_id;slide_id;" + header)) + "\n", new UTF8Encoding(true));
    }

    string[][] Table(string path) => [.. File.ReadAllLines(Path.Combine(folder, path)).Select(line => line.Split(','))];

    async Task<string> PredictAsync(string model, params string[] more)
    {
        var predicted = await Mhim.InAsync(folder, ["predict", "--features", "features", "--model", model, "--out", "result", .. more]);
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        return predicted.Error;
    }

    [Theory]
    [InlineData("survival_months;censorship")]
    [InlineData("label", "--bag-per", "patient")]
    [InlineData("label", "--bag-per", "patient", "--half-features")]
    public async Task A_held_out_patient_is_answered_as_the_run_did(string header, params string[] more)
    {
        WriteFeatures();
        WriteTable("table.csv", header, patient => header == "label" ? $"{patient % 2}" : $"{60 - 2 * patient + patient % 3 * 9};{(patient % 3 == 0 ? 1 : 0)}");
        var trained = await Mhim.InAsync(folder, ["train", "--features", "features", "--labels", "table.csv", "--preset", "plain", "--folds", "2", "--epochs", "2", "--out", "run", .. more]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("\"bagPer\": \"patient\"", File.ReadAllText(Path.Combine(folder, "run/fold-0/baseline/card.json")));

        var said = await PredictAsync("run/fold-0/baseline", "--cases", "table.csv");
        Assert.DoesNotContain("Warning", said);
        var table = Table("result/predictions.csv");
        Assert.Equal(["case", "slides", "tiles", header == "label" ? "predicted" : "risk"], table[0][..4]);
        Assert.Equal(Enumerable.Range(0, Patients).Select(patient => $"case/{patient}"), table.Skip(1).Select(row => row[0]));
        Assert.Equal(["case/0", "3", "9"], table[1][..3]);
        var (run, column) = (Table("run/predictions.csv"), header == "label" ? "p_1" : "risk");
        var held = run.Skip(1).Where(row => row[0] == "0").ToList();
        Assert.InRange(held.Count, 8, 16);
        foreach (var row in held)
            Assert.Equal(double.Parse(row[Array.IndexOf(run[0], column)], CultureInfo.InvariantCulture),
                double.Parse(table.Single(line => line[0] == row[2])[header == "label" ? 5 : 3], CultureInfo.InvariantCulture), 1e-5);

        var instances = Table("result/case_0.instances.csv");
        Assert.Equal(["index", "slide", "x", "y", "attention"], instances[0][..5]);
        Assert.Equal([.. Enumerable.Range(0, 4).Select(i => $"{i},b/x0,{512 * i}"), .. Enumerable.Range(0, 5).Select(i => $"{i},x0-1,{512 * i}")], instances.Skip(1).Select(row => string.Join(',', row[..3])));
        Assert.Equal(1, instances.Skip(1).Sum(row => double.Parse(row[4], CultureInfo.InvariantCulture)), 1e-4);
        Assert.True(File.Exists(Path.Combine(folder, "result/b/x0.tiles.geojson")) && File.Exists(Path.Combine(folder, "result/x0-1.tiles.geojson")));
    }

    [Fact]
    public async Task What_a_bag_was_and_is_and_which_slides_have_no_features_is_said()
    {
        WriteFeatures();
        WriteTable("table.csv", "label", patient => $"{patient % 2}");
        foreach (var per in (string[])["patient", "slide"])
            Assert.Equal(0, (await Mhim.InAsync(folder, "train", "--features", "features", "--labels", "table.csv", "--preset", "plain", "--folds", "2", "--epochs", "1", "--bag-per", per, "--out", per)).ExitCode);
        File.Delete(Path.Combine(folder, "features/x0-2.h5"));
        Assert.Contains("Warning: the model was trained on all slides of a patient together", await PredictAsync("patient"));
        Assert.DoesNotContain("Warning", await PredictAsync("slide"));
        Assert.Contains("Warning: the model was trained on single slides", await PredictAsync("slide", "--cases", "table.csv"));

        foreach (var gone in (string[])["x1-1", "b/x2", "x2-1"])
            File.Delete(Path.Combine(folder, "features", gone + ".h5"));
        TridentFile.WriteFeatures(Path.Combine(folder, "features/new.h5"), new FeatureBag("new", "test", 4, new float[4], [new TileCoord(0, 0)], new TileGeometry(256, 512, 0, 0.5, 0.25, 9000, 9000)));
        var said = await PredictAsync("patient", "--cases", "table.csv");
        Assert.Contains("Without features, left out: 4 slides", said);
        Assert.Contains("Cases of which no slide has features, not predicted: case/2.", said);
        Assert.Contains("of no case of `table.csv`, not predicted: new.", said);
        Assert.Equal(Patients - 1, Table("result/predictions.csv").Length - 1);
        Assert.Equal(["case/1", "1"], Table("result/predictions.csv")[2][..2]);

        File.WriteAllText(Path.Combine(folder, "nobody.csv"), "slide_id,label\nb/x0,1\n");
        File.WriteAllText(Path.Combine(folder, "strange.csv"), "case_id,slide_id\nc,nothing\n");
        foreach (var (arguments, word) in ((string[], string)[])[
            (["--features", "features", "--cases", "nobody.csv"], "--patient-column"), (["--features", "features", "--cases", "strange.csv"], "None of the table's slides has features"),
            (["--slide", "x.svs", "--cases", "table.csv"], "--cases"), (["--features", "features", "--patient-column", "case_id"], "--patient-column")])
        {
            var refused = await Mhim.InAsync(folder, ["predict", .. arguments, "--model", "patient", "--out", "other"]);
            Assert.Equal((2, false), (refused.ExitCode, Directory.Exists(Path.Combine(folder, "other"))));
            Assert.Contains(word, refused.Error);
        }
    }

    [SlideFact]
    public async Task An_answer_for_one_slide_says_that_the_model_learned_from_patients()
    {
        var slide = TestData.Slide("CMU-1-Small-Region.svs");
        Assert.Equal(0, (await Mhim.InAsync(folder, "extract", slide, "--out", "features")).ExitCode);
        for (var copy = 0; copy < 8; copy++)
            File.Copy(Path.Combine(folder, "features/CMU-1-Small-Region.h5"), Path.Combine(folder, $"features/p{copy}.h5"));
        File.WriteAllLines(Path.Combine(folder, "table.csv"), ["case_id,slide_id,label", .. Enumerable.Range(0, 8).Select(copy => $"c{copy},p{copy},{copy % 2}")]);
        foreach (var per in (string[])["patient", "slide"])
        {
            Assert.Equal(0, (await Mhim.InAsync(folder, "train", "--features", "features", "--labels", "table.csv", "--preset", "plain", "--folds", "2", "--epochs", "1", "--bag-per", per, "--out", per)).ExitCode);
            var predicted = await Mhim.InAsync(folder, "predict", "--slide", slide, "--model", per, "--out", "of-" + per);
            Assert.True(predicted.ExitCode == 0, predicted.Error);
            const string said = "trained on all slides of a patient together";
            Assert.Equal(per == "patient", predicted.Output.Contains(said, StringComparison.Ordinal));
            Assert.Equal(per == "patient", File.ReadAllText(Path.Combine(folder, $"of-{per}/prediction.json")).Contains(said, StringComparison.Ordinal));
        }
    }
}
