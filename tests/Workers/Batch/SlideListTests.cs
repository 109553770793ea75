using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mhim.Features;
using Mhim.Tiling.Tests.Slides;
using Mhim.Workers.Batch;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Batch;

public sealed partial class SlideListTests : IDisposable
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
    public void The_files_of_a_DICOM_series_are_one_slide_which_its_folder_names()
    {
        foreach (var (path, series, size) in ((string, string, int)[])[("s/1/a.dcm", "1.2", 9), ("s/1/b.dcm", "1.2", 99), ("s/1/c.dcm", "1.2", 0), ("s/2/a.dcm", "1.3", 9), ("s/2/b.dcm", "1.3", 9), ("t/1/a.dcm", "1.4", 9), ("t/1/b.dcm", "1.4", 9),
            ("flat/a.dcm", "1.5", 9), ("flat/b.dcm", "1.5", 99), ("flat/c.dcm", "1.6", 99), ("flat/d.dcm", "1.6", 9), ("flat/e.dcm", "1.7", 9)])
            DicomFile.Write(Path.Combine(folder, path), series, padding: size);
        Of("broken/a.dcm");
        Of("broken/b.dcm");
        var list = SlideList.Find([folder]);
        Assert.Equal(["broken/a.dcm", "broken/b.dcm", "flat/b.dcm", "flat/c.dcm", "flat/e.dcm", "s/1/b.dcm", "s/2/a.dcm", "t/1/a.dcm"],
            list.Slides.Select(slide => Path.GetRelativePath(folder, slide.Path).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.Equal(["2", "a", "b", "e", "flat/b.dcm", "flat/c.dcm", "s/1", "t/1"], list.Slides.Select(slide => slide.Id).Order(StringComparer.Ordinal));
        Assert.Equal("1", Assert.Single(SlideList.Find([Path.Combine(folder, "s", "1")]).Slides).Id);
        Assert.Equal("1", Assert.Single(SlideList.Find(Directory.GetFiles(Path.Combine(folder, "s", "1"))).Slides).Id);
        Assert.Equal("a", Assert.Single(SlideList.Find([Path.Combine(folder, "s", "1", "a.dcm")]).Slides).Id);

        // Whichever file names it alone, the series is that slide, for a table of resolutions too.
        var alone = SlideEntry.Of(Path.Combine(folder, "s", "1", "a.dcm"));
        Assert.Equal(("1", "b.dcm"), (alone.Id, Path.GetFileName(alone.Path)));
        File.WriteAllLines(Path.Combine(folder, "mpp.csv"), ["wsi,mpp", "s/1,0.25"]);
        Assert.Equal(0.25, StatedSlide.MppOf(alone, MppTable.Read(Path.Combine(folder, "mpp.csv"))));
        Assert.Null(StatedSlide.MppOf(SlideEntry.Of(Path.Combine(folder, "flat", "e.dcm")), MppTable.Read(Path.Combine(folder, "mpp.csv"))));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_subfolder_that_may_not_be_read_is_named_and_not_passed_over()
    {
        Of("a.svs");
        Of("locked/b.svs");
        var locked = Path.Combine(folder, "locked");
        foreach (var (path, rights) in new[] { (folder, Everybody), (locked, UnixFileMode.None) })
            File.SetUnixFileMode(path, rights);
        var before = SetFileUser(Nobody); // who may read everything may not for a moment; for anybody else nothing happens
        try
        {
            var refused = Assert.Throws<InputException>(() => SlideList.Find([folder]));
            Assert.Equal("folder-unreadable", refused.Code);
            Assert.Contains($"'{locked}'", refused.Message);
            Assert.Contains("or name the folders and files", refused.Message);
            Assert.Equal("a", Assert.Single(SlideList.Find([Path.Combine(folder, "a.svs")]).Slides).Id);
        }
        finally
        {
            _ = SetFileUser(before);
            File.SetUnixFileMode(locked, Everybody);
        }
    }

    const int Nobody = 65534;

    const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Whose rights this thread has on files; returns whose it had.</summary>
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(int user);

    [Fact]
    public void A_folder_without_slides_is_refused() =>
        Assert.Equal("no-slides", Assert.Throws<InputException>(() => SlideList.Find([folder])).Code);
}
