using Mhim.Features.Files;

namespace Mhim.Features.Tests;

/// <summary>Where feature files lie below a folder; empty files do, as only their names are looked at.</summary>
public sealed class FeatureFolderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-sets-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    void Have(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), "");
        }
    }

    string Resolved(string? encoder = null) => Path.GetRelativePath(folder, FeatureFolder.Resolve(folder, encoder)).Replace('\\', '/');

    InputException Refused(string? encoder = null) => Assert.Throws<InputException>(() => FeatureFolder.Resolve(folder, encoder));

    [Fact]
    public void The_one_set_of_a_TRIDENT_job_is_found_from_any_folder_above_it()
    {
        Have("20x_256px_0px_overlap/features_uni_v1/S1.h5", "20x_256px_0px_overlap/patches/S1_patches.h5", "20x_256px_0px_overlap/slide_features_titan/S1.h5",
            "20x_256px_0px_overlap/features_conch_v15/later.txt", "contours/S1.jpg");
        Assert.Equal("20x_256px_0px_overlap/features_uni_v1", Resolved());
        var middle = Path.Combine(folder, "20x_256px_0px_overlap");
        Assert.Equal(Path.Combine(middle, "features_uni_v1"), FeatureFolder.Resolve(middle));
        Assert.Equal(Path.Combine(middle, "features_uni_v1"), FeatureFolder.Resolve(Path.Combine(middle, "features_uni_v1")));
    }

    [Fact]
    public void Of_several_sets_one_is_named_never_guessed()
    {
        Have("20x_256px_0px_overlap/features_uni_v1/S1.h5", "20x_256px_0px_overlap/features_conch_v15/S1.h5", "10x_256px_0px_overlap/features_uni_v1/S1.h5");
        Assert.Equal("20x_256px_0px_overlap/features_conch_v15", Resolved("conch_v15"));
        var (open, twice, none) = (Refused(), Refused("uni_v1"), Refused("virchow2"));
        Assert.Equal(("features-open", "features-open", "features-open"), (open.Code, twice.Code, none.Code));
        Assert.Contains("3 sets of features: '10x_256px_0px_overlap/features_uni_v1', '20x_256px_0px_overlap/features_conch_v15', ", open.Message);
        Assert.Contains("2 sets", twice.Message);
        Assert.Contains("no features of `virchow2`", none.Message);
    }

    [Fact]
    public void Files_in_the_folder_itself_go_before_sets_below()
    {
        Have("S1.h5", "features_uni_v1/S1.h5", "features_conch_v15/S1.h5");
        Assert.Equal(".", Resolved());
    }

    [Fact]
    public void Slides_in_subfolders_have_them_in_their_ids_and_other_layouts_are_not_taken_for_sites()
    {
        Have("x.h5", "x.pt", "a/x.h5", "a/x.pt", "a/deep/y.pt", "b/x.h5", "patches/b/x_patches.h5", "a/patches/x.h5", "features_uni_v1/x.h5", ".mhim-locks/x.h5", "h5_files/z.h5", "pt_files/z.pt", "b/x.mhim-tmp-1.h5");
        var found = FeatureFolder.List(folder);
        Assert.Equal(["a/deep/y", "a/x", "b/x", "x", "z"], found.Select(slide => slide.SlideId));
        Assert.All(found, slide => Assert.Equal(FeatureFolder.Find(folder, slide.SlideId), slide.Path));
        Assert.Equal("a/x.h5", Path.GetRelativePath(folder, found[1].Path).Replace('\\', '/'));
    }

    [Fact]
    public void A_name_that_leads_out_of_the_folder_is_no_slide()
    {
        Have("x.h5", "in/y.h5");
        var inside = Path.Combine(folder, "in");
        Assert.Null(FeatureFolder.Find(inside, "../x"));
        Assert.Null(FeatureFolder.Find(inside, Path.Combine(folder, "x")));
    }

    [Fact]
    public void A_folder_without_features_or_that_is_not_there_stays_as_it_is()
    {
        Have("patches/S1_patches.h5");
        Assert.Equal(".", Resolved("uni_v1"));
        Assert.Equal("/nowhere", FeatureFolder.Resolve("/nowhere"));
    }
}
