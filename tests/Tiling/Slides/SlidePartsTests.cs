using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tests.Slides;

public sealed class SlidePartsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-parts-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Of(string name, string text = "x")
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    string[] Parts(string path) => [.. SlideParts.Of(path).Select(part => $"{part.Name} {Path.GetRelativePath(folder, part.Path).Replace('\\', '/')}")];

    [Fact]
    public void A_slide_of_several_files_has_all_of_them_and_no_others()
    {
        foreach (var other in (string[])["m/Data0000.dat", "m/Slidedat.ini", "m/.DS_Store", "m/deep/x.dat", "other.mrxs", "a.jpg", "b.jpg", "a.opt", "stranger.jpg"])
            Of(other);
        Assert.Equal(["slide.mrxs m.mrxs", "slide/Data0000.dat m/Data0000.dat", "slide/Slidedat.ini m/Slidedat.ini"], Parts(Of("m.mrxs")));
        Assert.Equal(["slide.vms v.vms", "a.jpg a.jpg", "b.jpg b.jpg", "a.opt a.opt"],
            Parts(Of("v.vms", "[Virtual Microscope Specimen]\nNoLayers=1\nImageFile=a.jpg\nImageFile(1,0)=b.jpg\nMapFile=gone.jpg\nOptimisationFile=a.opt\nMacroImage=\n")));
        Assert.Equal(["slide.svs s.svs"], Parts(Of("s.svs")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_files_of_a_DICOM_series_are_told_by_its_id(bool implicitTypes)
    {
        foreach (var (name, series, size) in ((string, string, int)[])[("a.dcm", "1.2.3", 10), ("b.dcm", "1.2.3", 500), ("c.dcm", "1.2.4", 900), ("elsewhere/d.dcm", "1.2.3", 900)])
            DicomFile.Write(Path.Combine(folder, name), series, implicitTypes, size);
        Of("e.dcm", "no DICOM");
        Assert.Equal("1.2.3", DicomSeries.Of(Path.Combine(folder, "a.dcm")));
        Assert.Equal(["slide-0000.dcm b.dcm", "slide-0001.dcm a.dcm"], Parts(Path.Combine(folder, "a.dcm")));
        Assert.Null(DicomSeries.Of(Path.Combine(folder, "e.dcm")));
        Assert.Equal(["slide-0000.dcm e.dcm"], Parts(Path.Combine(folder, "e.dcm")));
    }

    [SlideFact]
    public void A_real_DICOM_slide_is_one_series()
    {
        var files = Directory.GetFiles(TestSlides.Of("CMU-1-dicom"));
        Assert.Equal(4, DicomSeries.FilesOf(files[0]).Count);
        Assert.Equal(files.Max(file => new FileInfo(file).Length), new FileInfo(DicomSeries.FilesOf(files[0])[0]).Length);
        Assert.Matches(@"^[\d.]{10,64}$", DicomSeries.Of(files[0]));
    }

    [Fact]
    public void A_DICOM_file_that_is_cut_off_anywhere_has_no_series_and_does_no_harm()
    {
        var path = Path.Combine(folder, "w.dcm");
        DicomFile.Write(path, "1.2.3");
        var whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Null(DicomSeries.Of(path));
        }
    }
}
