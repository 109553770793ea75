using System.IO.Compression;
using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class BagTableTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-bags-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Written(string text, string name = "bags.csv")
    {
        var path = Path.Combine(_folder, name);
        using var file = File.Create(path);
        using var writer = new StreamWriter(name.EndsWith(".gz") ? new GZipStream(file, CompressionLevel.Fastest) : file);
        writer.Write(text);
        return path;
    }

    [DataFact]
    public void The_classic_benchmarks_have_their_known_sizes()
    {
        foreach (var (file, bags, dim) in new[] { ("musk1", 92, 166), ("elephant", 200, 230), ("tiger", 200, 230) })
        {
            var path = TestData.Of($"mil/{file}.csv.gz");
            Assert.True(BagTableReader.Recognises(path));
            var table = BagTableReader.Read(path);
            Assert.Equal(bags, table.Bags.Count);
            Assert.Equal(bags, table.Cohort.Rows.Count);
            Assert.All(table.Bags, bag => Assert.Equal(dim, bag.Dim));
            Assert.Equal(["0", "1"], table.Cohort.Classes);
            Assert.Equal(10, PatientFolds.Make(table.Cohort, new() { Folds = 10 }).Count);
        }
    }

    [Fact]
    public void Rows_of_a_bag_need_not_be_neighbours()
    {
        foreach (var name in new[] { "bags.csv", "bags.csv.gz" })
        {
            var table = BagTableReader.Read(Written("bag_id,bag_label,f0,f1\nb,1,1,2.5\na,0,3,4\nb,1,-5e-1,6\n", name));
            Assert.Equal(["b", "a"], table.Bags.Select(bag => bag.SlideId));
            Assert.Equal([1f, 2.5f, -0.5f, 6f], table.Bags[0].Features);
            Assert.Empty(table.Bags[0].Coords);
            Assert.Equal([1, 0], table.Cohort.Rows.Select(row => row.Label));
        }
    }

    [Fact]
    public void What_is_wrong_is_named_with_its_line()
    {
        static string Says(string code, string path)
        {
            var refused = Assert.Throws<InputException>(() => BagTableReader.Read(path));
            Assert.Equal(code, refused.Code);
            return refused.Message;
        }

        Assert.Contains("line 3", Says("bags-unreadable", Written("bag_id,bag_label,f0\na,0,1\nb,1,x\n")));
        Assert.Contains("line 2", Says("bags-unreadable", Written("bag_id,bag_label,f0,f1\na,0,1\n")));
        Assert.Contains("NaN", Says("bags-unreadable", Written("bag_id,bag_label,f0\na,0,NaN\n")));
        Assert.Contains("`a`", Says("cohort-contradiction", Written("bag_id,bag_label,f0\na,0,1\na,1,2\n")));
        Says("cohort-one-class", Written("bag_id,bag_label,f0\na,0,1\n"));
        var dropped = Assert.Throws<InputException>(() => BagTableReader.Read(Written("bag_id,bag_label,f0\na,+,1\na,+,2\nb,-,1\nc,-,1\n")));
        Assert.Contains("`-` (2 bags) was read as no label; if it is a class, write it otherwise.", dropped.Message);
        Says("bags-unreadable", Written("case_id,slide_id,label\n"));
        var lie = Path.Combine(_folder, "lie.csv.gz");
        File.WriteAllText(lie, "no gzip");
        Says("bags-unreadable", lie);
        Says("bags-missing", Path.Combine(_folder, "none.csv"));
    }

    [Fact]
    public void One_and_one_point_zero_are_one_class_and_quotes_are_none_of_the_name()
    {
        var table = BagTableReader.Read(Written("\"bag_id\",\"bag_label\",\"f0\"\n\"a\",1,0.1\nb,1.0,0.2\nc,0,0.3\n"));
        Assert.Equal(["0", "1"], table.Cohort.Classes);
        Assert.Equal(["a", "b", "c"], table.Bags.Select(bag => bag.SlideId));
    }

    [Fact]
    public void A_zipped_table_that_was_cut_off_or_damaged_is_refused()
    {
        var random = new Random(1);
        var path = Written("bag_id,bag_label,f0\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"b{i / 10},{i / 10 % 2},{random.NextDouble()}\n")), "cut.csv.gz");
        var whole = File.ReadAllBytes(path);
        Assert.Equal(300, BagTableReader.Read(path).Bags.Count);
        foreach (var bytes in new[] { whole[..(whole.Length / 2)], whole[..^8], [.. whole[..^8], 1, 2, 3, 4, .. whole[^4..]] })
        {
            File.WriteAllBytes(path, bytes);
            Assert.Equal("bags-unreadable", Assert.Throws<InputException>(() => BagTableReader.Read(path)).Code);
        }
    }

    [Theory]
    [InlineData(";", "")]
    [InlineData("\t", "")]
    [InlineData(";", "sep=;\n")]
    public void Semicolons_and_tabs_separate_too(string separator, string first)
    {
        const string Text = "bag_id,bag_label,f0,f1\nb,1,1,2.5\na,0,3,4\n";
        var path = Written(first + Text.Replace(",", separator));
        Assert.True(BagTableReader.Recognises(path));
        var (table, usual) = (BagTableReader.Read(path), BagTableReader.Read(Written(Text, "usual.csv")));
        Assert.Equal([1f, 2.5f], table.Bags[0].Features);
        Assert.Equal(usual.Bags[0].EncoderSha256, table.Bags[0].EncoderSha256);
        Assert.Contains($"line {(first.Length > 0 ? 4 : 3)}", Assert.Throws<InputException>(() => BagTableReader.Read(Written(first + Text.Replace("4", "x").Replace(",", separator)))).Message);
    }

    [Fact]
    public void A_decimal_comma_is_read_where_semicolons_separate()
    {
        Assert.Equal([-0.5f, 25f], BagTableReader.Read(Written("bag_id;bag_label;f0;f1\nb;1;-0,5;2,5E1\na;0;3;4\n")).Bags[0].Features);
        Assert.Contains("`0,5`", Assert.Throws<InputException>(() => BagTableReader.Read(Written("bag_id\tbag_label\tf0\nb\t1\t0,5\na\t0\t3\n"))).Message);
    }

    [Fact]
    public void What_a_table_that_is_none_of_bags_begins_with_is_shown()
    {
        string Says(string text) => Assert.Throws<InputException>(() => BagTableReader.Read(Written(text))).Message;
        Assert.Contains("but with `case_id,slide_id,label`", Says("case_id,slide_id,label\nA,a,1\n"));
        Assert.Contains("`bags.csv` is empty", Says(""));
        Assert.Contains("xxx…`", Says(new string('x', 500)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("NA")]
    [InlineData("nan")]
    public void Bags_without_a_label_are_left_out_and_told(string nothing)
    {
        var table = BagTableReader.Read(Written($"bag_id,bag_label,f0\na,0,1\nb,{nothing},2\nb,{nothing},3\nc,1,4\n"));
        Assert.Equal(["a", "c"], table.Bags.Select(bag => bag.SlideId));
        Assert.Equal(["0", "1"], table.Cohort.Classes);
        Assert.Contains("1 bag without a label was left out: b.", table.Cohort.Describe());
        var nameless = Assert.Throws<InputException>(() => BagTableReader.Read(Written($"bag_id,bag_label,f0\na,0,1\n{nothing},1,2\n")));
        Assert.Contains("line 3 names no bag", nameless.Message);
        Assert.Contains("no label", Assert.Throws<InputException>(() => BagTableReader.Read(Written($"bag_id,bag_label,f0\na,{nothing},1\n"))).Message);
    }
}
