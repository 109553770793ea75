using System.Text;
using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Tiling.Tests.Fiducials;
using Mhim.Tiling.Tissue;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Pipeline;

/// <summary>Slides that are damaged here and there.</summary>
public sealed class ProbeTests : IDisposable
{
    const int Across = 20, Down = 16, Images = Across * Down;

    readonly string folder = Directory.CreateTempSubdirectory("mhim-probe-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // A MIRAX slide of two levels, some of the images of its first overwritten; they come row by row.
    string Slide(params IEnumerable<int> damaged)
    {
        var path = Path.Combine(folder, "m.mrxs");
        MiraxFile.Write(path, new FiducialPicture(Across * MiraxFile.Side, Down * MiraxFile.Side, 0.5, 0, 0, Across * MiraxFile.Side, Down * MiraxFile.Side), 2, (0, 0, Across, Down));
        var data = Path.Combine(folder, "m", "Data0000.dat");
        var bytes = File.ReadAllBytes(data);
        var text = Encoding.Latin1.GetString(bytes);
        var starts = new List<int>();
        for (int at = text.IndexOf("\u0089PNG", StringComparison.Ordinal); at >= 0; at = text.IndexOf("\u0089PNG", at + 1, StringComparison.Ordinal))
            starts.Add(at);
        Assert.Equal(Images + Images / 4, starts.Count);
        foreach (int image in damaged)
            bytes.AsSpan(starts[image], 64).Clear();
        File.WriteAllBytes(data, bytes);
        return path;
    }

    [Fact]
    public void A_damaged_spot_in_the_middle_does_not_cost_the_slide()
    {
        var path = Slide(Down / 2 * Across + Across / 2, Images + Down / 4 * Across / 2 + Across / 4);
        Assert.Equal("m", SlideSource.FromFile(path, null).SlideId);
        Assert.Equal(2, InspectStep.Inspect(path, null).Levels);
        using var slide = SlideFile.Open(path);
        Assert.Throws<InputException>(() => slide.ReadRegion(0, Across / 2 * MiraxFile.Side, Down / 2 * MiraxFile.Side, 16, 16, new byte[16 * 16 * 3]));
    }

    [Fact]
    public void A_level_that_can_be_read_nowhere_does()
    {
        var path = Slide(Enumerable.Range(0, Images));
        Assert.Equal("slide-unreadable", Assert.Throws<InputException>(() => SlideSource.FromFile(path, null)).Code);
    }

    [Fact]
    public void A_slide_of_which_too_much_is_damaged_is_refused_with_the_way_out()
    {
        var path = Slide(Enumerable.Range(0, Images / 4).Concat(Enumerable.Range(Images, Images / 16)));
        using var slide = SlideSource.FromFile(path, null).Open();
        var refused = Assert.Throws<InputException>(() => TissueFinder.Find(slide, TissueOptions.Default));
        Assert.Contains("more than 5% of it cannot be read", refused.Message);
        Assert.Contains("--max-unreadable", refused.Message);
        Assert.Contains("Mhim:Features:MaxUnreadable", InspectStep.Worded(refused.Message, path, "m.mrxs"));
    }
}
