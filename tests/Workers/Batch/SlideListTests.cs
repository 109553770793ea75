using Mhim.Features;
using Mhim.Workers.Batch;

namespace Mhim.Workers.Tests.Batch;

public sealed class SlideListTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-list-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Of(string path)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "x");
        return file;
    }

    [Fact]
    public void Slides_of_a_folder_and_its_subfolders_keep_their_names()
    {
        foreach (var path in (string[])["b.svs", "a.tif", "site/c.ndpi", "notes.txt", ".hidden/d.svs"])
            Of(path);
        var list = SlideList.Find([folder]);
        Assert.Equal(["a", "b", "c"], list.Slides.Select(slide => slide.Id));
        Assert.Null(list.Note);
    }

    [Fact]
    public void Slides_of_one_name_keep_their_folder_or_their_extension_and_are_told()
    {
        foreach (var path in (string[])["a/x.svs", "b/x.svs", "b/y.svs", "z.svs", "z.tif"])
            Of(path);
        var list = SlideList.Find([folder]);
        Assert.Equal(["a/x", "b/x", "y", "z.svs", "z.tif"], list.Slides.Select(slide => slide.Id));
        Assert.Contains("a/x, b/x, z.svs, z.tif", list.Note);
    }

    [Fact]
    public void A_slide_that_is_named_twice_is_one()
    {
        var file = Of("x.svs");
        Assert.Single(SlideList.Find([file, folder]).Slides);
    }

    [Fact]
    public void A_folder_without_slides_is_refused() =>
        Assert.Equal("no-slides", Assert.Throws<InputException>(() => SlideList.Find([folder])).Code);
}
