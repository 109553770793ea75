using Mhim.Tiling.Slides;
using Mhim.Workers.Demo;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Demo;

/// <summary>The demo's slides, drawn with one plan and then with another.</summary>
public sealed class DemoCohortTests : IDisposable
{
    static readonly IProgress<StepProgress> Nobody = new DirectProgress<StepProgress>(_ => { });

    readonly string folder = Directory.CreateTempSubdirectory("mhim-cohort-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static void Interrupt(DemoCohort cohort) =>
        Assert.ThrowsAny<OperationCanceledException>(() => cohort.Draw(Nobody, new CancellationToken(canceled: true)));

    static void Stand(DemoCohort cohort)
    {
        foreach (var slide in cohort.Slides)
            foreach (var path in (string[])[cohort.SlidePath(slide.SlideId), cohort.TruthPath(slide.SlideId)])
                File.WriteAllText(path, "of the first plan");
    }

    [Fact]
    public void Slides_of_another_seed_are_not_taken_for_those_of_this_one_after_an_interruption()
    {
        var first = new DemoCohort(folder, 3, seed: 1);
        Interrupt(first); // its stamp stands
        Stand(first);
        Assert.Equal(0, first.Draw(Nobody, default));
        File.WriteAllText(Path.Combine(folder, "slides", "own.tif"), "the user's");

        var second = new DemoCohort(folder, 2, seed: 2);
        Interrupt(second);
        // Neither its own names nor those that only the first plan has.
        Assert.Equal(["own.tif", "plan.txt"], Directory.GetFiles(Path.Combine(folder, "slides")).Select(Path.GetFileName).Order());
        Assert.Equal(2, second.Draw(Nobody, default));
        foreach (var slide in second.Slides)
            using (var drawn = SlideFile.Open(second.SlidePath(slide.SlideId)))
                Assert.Equal((slide.Width, slide.Height), (drawn.Info.Width, drawn.Info.Height));
        Assert.Equal(0, second.Draw(Nobody, default));
    }
}
