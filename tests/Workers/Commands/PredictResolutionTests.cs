namespace Mhim.Workers.Tests.Commands;

/// <summary>What <c>mhim predict --slide</c> says of a resolution that somebody states.</summary>
public sealed class PredictResolutionTests : TrainFolder
{
    [SlideFact]
    public async Task A_contradicted_resolution_and_a_table_that_does_not_name_the_slide_are_said()
    {
        Assert.Equal(0, (await TrainAsync(BagTable("bags.csv", 8), "run", "--folds", "2")).ExitCode);
        var slide = TestData.Slide("CMU-1-Small-Region.svs");
        // The model is none for slides: what is said stands before the refusal.
        async Task<string> SaidAsync(params string[] more) => (await Mhim.InAsync(folder, ["predict", "--slide", slide, "--model", "run", "--out", "result", .. more])).Error;
        const string doubt = "0.25 µm per pixel is taken as you said, though the file says otherwise", unused = "of 'mpp.csv' name no slide here";
        Assert.Contains(doubt, await SaidAsync("--mpp", "0.25"));
        Assert.DoesNotContain("µm per pixel", await SaidAsync());

        File.WriteAllText(Path.Combine(folder, "mpp.csv"), "wsi,mpp\nCMU-1-Smal-Region.svs,0.25\nother.svs,0.5\n");
        var typo = await SaidAsync("--mpp-table", "mpp.csv");
        Assert.Contains($"2 of the 2 rows {unused}", typo);
        Assert.DoesNotContain(doubt, typo);
        File.WriteAllText(Path.Combine(folder, "mpp.csv"), "wsi,mpp\nCMU-1-Small-Region.svs,0.25\nother.svs,0.5\n");
        var named = await SaidAsync("--mpp-table", "mpp.csv");
        Assert.Contains(doubt, named);
        Assert.DoesNotContain(unused, named); // the other rows are for other calls
    }
}
