namespace Mhim.Tiling.Tests.Slides;

/// <summary>The real slide with some stored tiles overwritten: it opens, its upper part reads, its middle does not.</summary>
static class DamagedSlide
{
    /// <summary>A level-0 place inside the damage.</summary>
    internal const long X = 1000, Y = 1700;

    internal static string Make(string folder)
    {
        var bytes = File.ReadAllBytes(TestSlides.Of("CMU-1-Small-Region.svs"));
        // Stored tiles follow each other row by row in the first two thirds of the file, before its directory.
        bytes.AsSpan((int)(bytes.Length * 0.3), (int)(bytes.Length * 0.2)).Fill(0xFF);
        var path = Path.Combine(folder, "damaged.svs");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
