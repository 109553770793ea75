using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class SplitFilesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-splits-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Cohort Four => Cohort.OfClasses(["0", "1"],
        [new("a", "A", ["a"], 0), new("b", "B", ["b1", "b,2"], 1), new("c", "C", ["c"], 0), new("c2", "C", ["c2"], 1)]);

    IReadOnlyList<Split> Read(string text, Cohort? cohort = null)
    {
        File.WriteAllText(Path.Combine(_folder, "splits_0.csv"), text);
        return SplitFiles.Read(_folder, cohort ?? Four);
    }

    string Refuses(string text) => Assert.Throws<InputException>(() => Read(text)).Code;

    [DataFact]
    public void What_was_written_is_read_again()
    {
        var cohort = CohortReader.Read(TestData.Of("tables/camelyon16.csv"));
        var splits = PatientFolds.Make(cohort, new());
        SplitFiles.Write(_folder, splits);
        var again = SplitFiles.Read(_folder, cohort);
        Assert.Equal(splits.Count, again.Count);
        foreach (var (before, after) in splits.Zip(again))
        {
            Assert.Equal(before.Fold, after.Fold);
            Assert.Equal(before.Train, after.Train);
            Assert.Equal(before.Validation, after.Validation);
            Assert.Equal(before.Test, after.Test);
        }
    }

    [Fact]
    public void Clams_columns_of_different_lengths_are_read()
    {
        var split = Assert.Single(Read(",train,val,test\n0,a,\"b,2\",c.svs\n1,,b1,c2\n"));
        Assert.Equal(["a"], split.Train.Select(row => row.Id));
        Assert.Equal(["b"], split.Validation.Select(row => row.Id));
        Assert.Equal(["c", "c2"], split.Test.Select(row => row.Id));
        SplitFiles.Write(_folder, [split]);
        Assert.Equal(",train,val,test\n0,a,b1,c\n1,,\"b,2\",c2\n", File.ReadAllText(Path.Combine(_folder, "splits_0.csv")));
    }

    [Fact]
    public void Slides_that_are_told_apart_by_folder_or_extension_are_found_by_them()
    {
        var cohort = Cohort.OfClasses(["0", "1"], [new("a/x", "A", ["a/x"], 0), new("b/x", "B", ["b/x"], 1), new("z.svs", "C", ["z.svs"], 0)]);
        var split = Assert.Single(Read(",train,val,test\n0,a/x.svs,/scans/b/x,z.svs\n", cohort));
        Assert.Equal(["a/x", "b/x", "z.svs"], split.Train.Concat(split.Validation).Concat(split.Test).Select(row => row.Id));
    }

    [Fact]
    public void A_slide_of_two_extensions_is_found_by_its_file_name()
    {
        var cohort = Cohort.OfClasses(["0", "1"], [new("x.ome", "A", ["x.ome"], 0), new("y", "B", ["y"], 1), new("z", "C", ["z"], 0)]);
        var split = Assert.Single(Read(",train,val,test\n0,x.ome.tif,y.ome.tiff,z.svs\n", cohort));
        Assert.Equal(["x.ome", "y", "z"], split.Train.Concat(split.Validation).Concat(split.Test).Select(row => row.Id));
    }

    [Fact]
    public void Leaks_strangers_and_torn_bags_are_refused()
    {
        Assert.Equal("patient-leakage", Refuses(",train,val,test\n0,c,a,c2\n"));
        Assert.Equal("patient-leakage", Refuses(",train,val,test\n0,a,c,a\n"));
        Assert.Equal("splits-unknown-slide", Refuses(",train,val,test\n0,a,c,b\n"));
        Assert.Equal("splits-torn-row", Refuses(",train,val,test\n0,b1,\"b,2\",a\n"));
        Assert.Equal("splits-unreadable", Refuses("train,test\na,c\n"));
        Assert.Equal("splits-missing", Assert.Throws<InputException>(() => SplitFiles.Read(Path.Combine(_folder, "none"), Four)).Code);
    }

    [Fact]
    public void A_bag_goes_where_those_of_its_slides_go_that_are_named()
    {
        SplitFiles.Write(_folder, [new(0, [Four.Rows[0]], [Four.Rows[1] with { SlideIds = ["b,2"] }], [Four.Rows[2]])]); // as a run does that has no features of b1
        var split = Assert.Single(SplitFiles.Read(_folder, Four));
        Assert.Equal(["b1", "b,2"], Assert.Single(split.Validation).SlideIds);
    }

    [Fact]
    public void Two_files_of_one_number_are_refused_by_name()
    {
        File.WriteAllText(Path.Combine(_folder, "splits_00.csv"), ",train,val,test\n0,c,b1,a\n1,c2,\"b,2\",\n");
        var refused = Assert.Throws<InputException>(() => Read(",train,val,test\n0,a,b1,c\n1,,\"b,2\",c2\n"));
        Assert.Equal("splits-same-number", refused.Code);
        Assert.Contains("`splits_0.csv` and `splits_00.csv`", refused.Message);
        File.Delete(Path.Combine(_folder, "splits_0.csv"));
        Assert.Equal(0, Assert.Single(SplitFiles.Read(_folder, Four)).Fold);
    }

    [Fact]
    public void Ids_that_look_like_file_names_are_read_as_they_were_written()
    {
        var cohort = Cohort.OfClasses(["0", "1"],
            [.. new[] { "train/img1", "img1.tif", "img1", "x.svs", "none" }.Select((id, i) => new CohortRow(id, id, [id], i % 2))]);
        var split = new Split(0, [cohort.Rows[0], cohort.Rows[1]], [cohort.Rows[2]], [cohort.Rows[3], cohort.Rows[4]]);
        SplitFiles.Write(_folder, [split]);
        var again = Assert.Single(SplitFiles.Read(_folder, cohort));
        Assert.Equal(split.Train, again.Train);
        Assert.Equal(split.Validation, again.Validation);
        Assert.Equal(split.Test, again.Test);
    }

    [Fact]
    public void Splits_of_an_earlier_attempt_with_more_folds_go_and_other_files_stay()
    {
        Split Fold(int k) => new(k, [Four.Rows[0]], [Four.Rows[1]], [Four.Rows[2]]);
        File.WriteAllText(Path.Combine(_folder, "splits_notes.csv"), "kept");
        SplitFiles.Write(_folder, [Fold(0), Fold(1), Fold(2)]);
        SplitFiles.Write(_folder, [Fold(0), Fold(1)]);
        Assert.Equal([0, 1], SplitFiles.Read(_folder, Four).Select(split => split.Fold));
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
    }
}
