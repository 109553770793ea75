namespace Mhim.Workers.Tests.Commands;

public sealed class UnusableInputTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Slides
    {
        get
        {
            var slides = new TheoryData<string> { "empty.svs", "folder", "missing.svs" };
            if (TestData.Folder is not null)
                foreach (var file in Directory.EnumerateFiles(TestData.Slide("broken")).Order())
                    slides.Add(file);
            return slides;
        }
    }

    string Prepared(string slide)
    {
        if (Path.IsPathRooted(slide))
            return slide;
        var path = Path.Combine(folder, slide);
        if (slide == "empty.svs")
            File.WriteAllBytes(path, []);
        else if (slide == "folder")
            Directory.CreateDirectory(path);
        return path;
    }

    [SlideTheory]
    [MemberData(nameof(Slides))]
    public async Task A_slide_that_cannot_be_used_is_one_sentence_an_exit_code_and_nothing_left(string slide)
    {
        var path = Prepared(slide);
        var before = Everything();
        foreach (string[] verb in (string[][])
                 [["slide", "info", path], ["slide", "info", path, "--json"], ["tile", path, "--out", "out"], ["extract", path, "--out", "out"]])
        {
            var run = await Mhim.InAsync(folder, verb);
            Assert.Equal(2, run.ExitCode);
            Assert.Equal("", run.Output);
            var line = Assert.Single(run.ErrorLines);
            Assert.StartsWith("mhim: ", line);
            Assert.Contains(Path.GetFileName(path), line);
            Assert.DoesNotContain("   at ", line);
            Assert.Equal(before, Everything());
        }
    }

    [Theory]
    [InlineData("tile x.svs", "--out")]
    [InlineData("extract x.svs --out o --tile-size 7", "--tile-size")]
    [InlineData("extract x.svs --out o --mpp nope", "nope")]
    [InlineData("tile x.svs --out o --min-tissue 2", "--min-tissue")]
    [InlineData("extract x.svs --out o --min-tissue 2", "--min-tissue")]
    [InlineData("extract x.svs --out o --tissue fatty", "--tissue")]
    [InlineData("extract x.svs --out o --saturation 256", "--saturation")]
    [InlineData("extract x.svs --out o --saturation 20 --otsu", "--saturation says the threshold, and --otsu takes it from the slide itself; leave one of them out.")]
    [InlineData("predict --slide x.svs --model m --out o --saturation 20 --otsu", "leave one of them out")]
    [InlineData("predict --bags t.csv --model m --out o --mpp 0.25 --mpp-table missing.csv", "--mpp, --mpp-table: a bag table knows no pixels; leave it out")]
    [InlineData("tile x.svs --out o --overlap -1", "--overlap")]
    [InlineData("extract x.svs --out o --tile-size 50", "takes tiles of 256 pixels, not of 50")] // before any slide is opened
    [InlineData("extract x.svs --out o --target-mpp 4", "made for 0.5 µm per pixel, not for 4")]
    [InlineData("train --features f --labels missing.csv --out o --folds 1", "--folds")]
    [InlineData("train --features f --labels missing.csv --out o --seeds 1,2,1", "--seeds `1,2,1` names 1 more than once")]
    [InlineData("train --features f --labels missing.csv --out o", "missing.csv")]
    [InlineData("predict --slide x.svs --model nowhere --out o", "nowhere")]
    [InlineData("model info nowhere", "nowhere")]
    [InlineData("extract x.svs --encoder nope --out o", "no encoder 'nope'")]
    [InlineData("slides", "slides")]
    public async Task An_option_that_cannot_be_used_is_named(string line, string named)
    {
        var run = await Mhim.InAsync(folder, line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
        Assert.Empty(Everything());
    }

    [Fact]
    public async Task Two_slides_that_nothing_tells_apart_are_refused_before_any_work()
    {
        foreach (var path in (string[])["a/x.svs", "b/x.svs"])
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(path)!));
            File.WriteAllText(Path.Combine(folder, path), "x");
        }
        var run = await Mhim.InAsync(folder, "extract", "a/x.svs", "b/x.svs", "--out", "out");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("would both become 'x.svs'", run.Error);
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        var run = await Mhim.InAsync(folder, "extract", "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("mhim extract slides/ --encoder stain-texture", run.Output);
    }

    string[] Everything() => [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order()];
}
