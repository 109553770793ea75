using Mhim.Features;
using Mhim.Tiling.Synthetic;
using NetVips;

namespace Mhim.Tiling.Tests.Synthetic;

public sealed class SyntheticCohortTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mhim-synthetic-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_plan_balances_labels_and_gives_each_label_both_scanners()
    {
        var plan = SyntheticCohort.Plan();
        Assert.Equal(60, plan.Count);
        Assert.Equal(60, plan.Select(slide => slide.SlideId).Distinct().Count());
        Assert.Equal(60, plan.Select(slide => slide.Seed).Distinct().Count());
        Assert.InRange(plan.Count(slide => slide.Label == SyntheticCohort.Tumour), 27, 33);
        foreach (var label in plan.GroupBy(slide => slide.Label))
        {
            var alpha = label.Count(slide => slide.Scanner == SyntheticScanner.Alpha);
            Assert.InRange(alpha - label.Count() / 2, 0, 1);
        }
    }

    [Fact]
    public void Some_patients_have_several_slides_and_all_of_one_label()
    {
        var patients = SyntheticCohort.Plan().GroupBy(slide => slide.CaseId).ToArray();
        Assert.Contains(patients, patient => patient.Count() > 1);
        Assert.All(patients, patient => Assert.Single(patient.Select(slide => slide.Label).Distinct()));
    }

    [Fact]
    public void The_same_seed_plans_the_same_and_another_seed_does_not()
    {
        Assert.Equal(SyntheticCohort.Plan(20, 3), SyntheticCohort.Plan(20, 3));
        Assert.NotEqual(SyntheticCohort.Plan(20, 3), SyntheticCohort.Plan(20, 4));
        Assert.Equal(2, SyntheticCohort.Plan(2).Select(slide => slide.Label).Distinct().Count());
    }

    [Theory]
    [InlineData(SyntheticCohort.Tumour)]
    [InlineData(SyntheticCohort.Normal)]
    public void A_slide_is_a_pyramid_at_its_resolution_with_little_or_no_tumour(string label)
    {
        var (slide, truth) = Write(Small(label, SyntheticScanner.Beta), "a");
        using var level0 = Image.NewFromFile(slide);
        Assert.Equal((2400, 2000), (level0.Width, level0.Height));
        Assert.Equal(1000 / 0.42, level0.Xres, 0.5);
        using var level1 = Image.NewFromFile(slide + "[page=1]");
        Assert.Equal((1200, 1000), (level1.Width, level1.Height));

        var mask = TruthMask.Load(truth);
        Assert.Equal((150, 125), (mask.Columns, mask.Rows));
        if (label == SyntheticCohort.Tumour)
            Assert.True(mask.TumourShareOfTissue > 0);
        else
            Assert.Equal(0, mask.TumourShareOfTissue);
    }

    [Fact]
    public void No_slide_has_five_percent_tumour()
    {
        foreach (var seed in Enumerable.Range(1, 8))
        {
            var (_, truth) = Write(Small(SyntheticCohort.Tumour, SyntheticScanner.Alpha) with { Seed = (ulong)seed }, "a");
            Assert.InRange(TruthMask.Load(truth).TumourShareOfTissue, 0.01, 0.0499);
        }
    }

    [Fact]
    public void The_truth_lies_where_the_nuclei_crowd()
    {
        var (slide, truth) = Write(Small(SyntheticCohort.Tumour, SyntheticScanner.Alpha), "a");
        var mask = TruthMask.Load(truth);
        using var picture = Image.NewFromFile(slide);
        var rgb = picture.WriteToMemory<byte>();
        double tumour = 0, rest = 0;
        int tumourTiles = 0, restTiles = 0;
        for (var y = 0; y + 64 <= picture.Height; y += 64)
        {
            for (var x = 0; x + 64 <= picture.Width; x += 64)
            {
                var red = Enumerable.Range(0, 64 * 64).Average(i => rgb[((y + i / 64) * picture.Width + x + i % 64) * 3]);
                var share = mask.ShareOfTile(x, y, 64);
                if (share > 0.9)
                    (tumour, tumourTiles) = (tumour + red, tumourTiles + 1);
                else if (share == 0)
                    (rest, restTiles) = (rest + red, restTiles + 1);
            }
        }
        Assert.True(tumourTiles > 0);
        Assert.True(tumour / tumourTiles < rest / restTiles - 40, $"{tumour / tumourTiles} and {rest / restTiles}");
    }

    [Fact]
    public void The_same_seed_draws_the_same_bytes_also_side_by_side()
    {
        var plan = Small(SyntheticCohort.Tumour, SyntheticScanner.Alpha);
        var files = new (string Slide, string Truth)[2];
        Parallel.For(0, 2, i => files[i] = Write(plan, $"copy{i}"));
        Assert.Equal(File.ReadAllBytes(files[0].Slide), File.ReadAllBytes(files[1].Slide));
        Assert.Equal(File.ReadAllBytes(files[0].Truth), File.ReadAllBytes(files[1].Truth));
        var (other, _) = Write(plan with { Seed = plan.Seed + 1 }, "other");
        Assert.NotEqual(File.ReadAllBytes(files[0].Slide), File.ReadAllBytes(other));
    }

    [Fact]
    public void A_tile_counts_the_part_of_a_block_that_it_holds()
    {
        // Two blocks across, one down: glass, tumour.
        var path = Path.Combine(_folder, "mask.png");
        using (var image = Image.NewFromMemory(new byte[] { 0, TruthMask.TumourValue }, 2, 1, 1, Enums.BandFormat.Uchar))
            image.Pngsave(path);
        var mask = TruthMask.Load(path);
        Assert.Equal(1, mask.ShareOfTile(16, 0, 16));
        Assert.Equal(0.5, mask.ShareOfTile(8, 0, 16));
        Assert.Equal(0.25, mask.ShareOfTile(0, 0, 32));
        Assert.Equal(0.25, mask.ShareOfTile(24, 8, 16));
        Assert.Equal(0, mask.ShareOfTile(1000, 1000, 16));
    }

    [Fact]
    public void A_mask_that_is_missing_or_no_picture_is_refused()
    {
        var text = Path.Combine(_folder, "text.png");
        File.WriteAllText(text, "no picture");
        Assert.Equal("truth-unreadable", Assert.Throws<InputException>(() => TruthMask.Load(text)).Code);
        Assert.Equal("truth-unreadable", Assert.Throws<InputException>(() => TruthMask.Load(Path.Combine(_folder, "absent.png"))).Code);
    }

    private static SyntheticSlide Small(string label, SyntheticScanner scanner) => new("s", "c", label, scanner, 2400, 2000, 42);

    private (string Slide, string Truth) Write(SyntheticSlide plan, string name)
    {
        var (slide, truth) = (Path.Combine(_folder, name + ".tif"), Path.Combine(_folder, name + ".png"));
        plan.Write(slide, truth);
        return (slide, truth);
    }
}
