using System.Text.Json;
using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tests.Slides;

public sealed class SlideReadingTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-slides-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SlideFact]
    public void Many_threads_read_what_one_reads()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        byte[] Read(int i)
        {
            var rgb = new byte[128 * 128 * 3];
            slide.ReadRegion(0, i % 8 * 270 + 13, i / 8 * 360 + 7, 128, 128, rgb);
            return rgb;
        }
        var expected = Enumerable.Range(0, 64).Select(Read).ToArray();
        Parallel.For(0, 256, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(expected[i % 64], Read(i % 64)));
    }

    [SlideFact]
    public void An_error_on_one_thread_does_not_reach_the_readers_on_others()
    {
        using var slide = SlideFile.Open(DamagedSlide.Make(folder));
        var rgb = new byte[64 * 64 * 3];
        slide.ReadRegion(0, 0, 0, 64, 64, rgb);
        Parallel.For(0, 128, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var mine = new byte[rgb.Length];
            if (i % 2 == 1)
            {
                Assert.Equal("slide-unreadable",
                    Assert.Throws<InputException>(() => slide.ReadRegion(0, DamagedSlide.X, DamagedSlide.Y, 64, 64, mine)).Code);
                return;
            }
            slide.ReadRegion(0, 0, 0, 64, 64, mine);
            Assert.Equal(rgb, mine);
        });
    }

    [SlideFact]
    public void A_refusal_says_what_the_file_is()
    {
        var text = Path.Combine(folder, "text.svs");
        File.WriteAllText(text, "This is no slide at all.");
        string Sentence(string path) => Assert.Throws<InputException>(() => SlideFile.Open(path).Dispose()).Message;
        Assert.Contains("cut off", Sentence(TestSlides.Of("broken/CMU1_truncated_62pct.svs")));
        Assert.Contains("PNG", Sentence(TestSlides.Of("broken/png_renamed.svs")));
        Assert.Contains("it is text", Sentence(text));
    }

    [SlideFact]
    public void What_is_known_of_a_slide_goes_through_json()
    {
        using var slide = SlideFile.Open(TestSlides.Of("CMU-1-Small-Region.svs"));
        var again = JsonSerializer.Deserialize<SlideInfo>(JsonSerializer.Serialize(slide.Info))!;
        var (before, after) = (slide.Info.Resolution!, again.Resolution!);
        Assert.Equal(before.Notes, after.Notes);
        // A record compares lists by reference.
        Assert.Equal((slide.Info.Width, before, slide.Info.Levels[0]), (again.Width, after with { Notes = before.Notes }, again.Levels[0]));
        Assert.Equal(slide.Info.Properties, again.Properties);
    }
}
