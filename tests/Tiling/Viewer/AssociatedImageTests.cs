using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Tests.Viewer;

/// <summary>The label can show a patient's name.</summary>
public sealed class AssociatedImageTests
{
    [SlideFact]
    public void Label_macro_and_thumbnail_are_read_only_by_their_names()
    {
        var path = TestSlides.Of("CMU-1-Small-Region.svs");
        using var slide = SlideFile.Open(path);
        Assert.Equal(["label", "macro", "thumbnail"], slide.Info.AssociatedImages.Order());
        // Sizes as the file's directories have them.
        Assert.Equal((387, 463), SizeOf("label"));
        Assert.Equal((1280, 431), SizeOf("macro"));
        Assert.Equal((574, 768), SizeOf("thumbnail"));
        Assert.Null(AssociatedImage.Read(path, "Label"));

        (int, int) SizeOf(string name) => AssociatedImage.Read(path, name) is { } image ? (image.Width, image.Height) : default;
    }

    [SlideFact]
    public void A_thumbnail_is_made_of_the_pyramid_and_no_level_is_the_label_or_macro_image()
    {
        var path = TestSlides.Of("CMU-1-Small-Region.svs");
        using var slide = SlideFile.Open(path);
        Assert.Equal((2220, 2967), (slide.Info.Levels.Single().Width, slide.Info.Levels.Single().Height));
        var shown = Thumbnail.Read(slide, 100).Image;
        var full = SlideRegion.Read(slide, 0, 0, 1, 2220, 2967);
        double step = 29.67;
        foreach (var (x, y) in new[] { (0, 0), (37, 50), (70, 95) })
        {
            double sum = 0;
            int count = 0;
            for (int row = (int)Math.Ceiling(y * step); row < (int)((y + 1) * step); row++)
                for (int column = (int)Math.Ceiling(x * step); column < (int)((x + 1) * step); column++, count++)
                    sum += full.Rgb[(row * 2220 + column) * 3 + 1];
            Assert.Equal(sum / count, shown.Rgb[(y * shown.Width + x) * 3 + 1], 2.0);
        }
    }
}
