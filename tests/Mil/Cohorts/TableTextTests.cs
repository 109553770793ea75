using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

/// <summary>Separators, quotes and letters of a table, whatever its columns mean.</summary>
public sealed class TableTextTests : LabelTables
{
    [Fact]
    public void Quotes_tabs_and_a_byte_order_mark_are_read()
    {
        Assert.Equal("a, left", Read("\uFEFFcase_id,slide_id,label\nA,\"a, left\",1\nB,b,0\n").Rows[0].Id);
        Assert.Equal(2, Read("case_id\tslide_id\tlabel\nA\ta\t1\nB\tb\t0\n").Rows.Count);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData(",")]
    public void A_header_may_be_quoted_whatever_separates(string separator)
    {
        var text = "\"case_id\",\"slide_id\",\"label\"\n\"A\",\"a\",\"x 1\"\n\"B\" , \"b\",\"y\"\n".Replace(",", separator);
        var cohort = Read(text);
        Assert.Equal(["a", "b"], cohort.SlideIds);
        Assert.Equal(["x 1", "y"], cohort.Classes);
        Assert.Equal(2, Read(text.Replace("\"label\"", "\"label, the\"").Replace("slide_id", "slide"), new() { LabelColumn = "label, the" }).Rows.Count);
    }

    [Theory]
    [InlineData("A,\"a,0\nB,b,1\nC,c,0\n")]
    [InlineData("A,\"a,0\nB,\"b\",1\nC,c,0\n")]
    [InlineData("A,\"a\"x,0\nB,b,1\nC,c,0\n")]
    public void A_quote_that_is_not_closed_swallows_no_rows(string rows) =>
        Assert.Contains("row 3", Refuses("cohort-unreadable", "case_id,slide_id,label\nX,x,1\n" + rows).Message);

    [Fact]
    public void A_quoted_field_may_hold_quotes_and_line_ends()
    {
        Assert.Equal(["y", "z \"q\",\nand"], Read("case_id,slide_id,label\nA,a,\"z \"\"q\"\",\nand\"\nB,b,y\n").Classes);
        Assert.Equal(["5\" lens", "y"], Read("case_id,slide_id,label\nA,a,5\" lens\nB,b,y\n").Classes);
    }

    [Fact]
    public void Semicolons_separate_too_and_classes_that_differ_in_case_are_told()
    {
        var cohort = Read("case_id;slide_id;label\nA;s1;Tumour\nB;s2;tumour\nC;s3;normal\n");
        Assert.Equal(3, cohort.Classes.Count);
        Assert.Contains("differ only in case", cohort.Describe());
    }

    [Theory]
    [InlineData("sep=;\n", ";")]
    [InlineData("\"sep=;\"\n", ";")]
    [InlineData("sep=\t\n", "\t")]
    [InlineData("SEP=,\n", ",")]
    [InlineData("sep=|\n", "|")]
    public void A_first_line_that_says_the_separator_is_no_header_and_no_row(string first, string separator)
    {
        var text = first + "case_id,slide_id,label\nA,s1,x\nB,s2,y\n".Replace(",", separator);
        Assert.Equal(["s1", "s2"], Read(text).SlideIds);
        Assert.Contains("row 3", Refuses("cohort-bad-value", text.Replace("s2", "")).Message);
    }

    [Fact]
    public void A_decimal_comma_is_read_where_semicolons_separate_and_named_elsewhere()
    {
        const string Text = "case_id;slide_id;survival_months;censorship\nA;s1;12,5;0\nB;s2;30;1\nC;s3;7,25;0\n";
        var cohort = Read(Text);
        Assert.Equal([12.5, 30, 7.25], cohort.Rows.Select(row => row.Time));
        Assert.Contains("`survival_months` read with decimal commas: `12,5` is 12.5.", cohort.Describe());
        Assert.DoesNotContain("decimal commas", Read(Text.Replace("12,5", "12.5").Replace("7,25", "7")).Describe());
        foreach (var odd in (string[])["1.234,5", "1,234,5", "12,", ",5"])
            Assert.Contains("not a comma", Refuses("cohort-bad-value", Text.Replace("12,5", odd)).Message);
        Assert.Contains("not a comma", Refuses("cohort-bad-value", Text.Replace("12,5", "\"12,5\"").Replace("7,25", "7").Replace(';', '\t')).Message);
    }

    [Fact]
    public void A_zipped_table_is_known_by_its_first_bytes()
    {
        var path = Path.Combine(_folder, "zipped.csv");
        using (var zipped = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
            zipped.Write("case_id,slide_id,label\nA,s1,x\nB,s2,y\n"u8);
        Assert.Equal(["s1", "s2"], CohortReader.Read(path).SlideIds);
    }

    [Fact]
    public void One_is_spoken_of_as_one()
    {
        Assert.Contains("1 repeated row that says the same was taken once.", Read("case_id,slide_id,label\nA,s1,x\nA,s1,x\nB,s2,y\n").Describe());
        Assert.Contains(": 1 slide with more than one label: s1", Refuses("cohort-contradiction", "case_id,slide_id,label\nA,s1,x\nA,s1,y\nB,s2,y\n").Message);
        Assert.Contains("1 slide without time or event was left out: s1", Read("case_id,slide_id,survival_months,censorship\nA,s1,,0\nB,s2,3,0\nC,s3,5,1\n").Describe());
        var few = Read("case_id,slide_id,label\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"p{i},s{i},{(i == 0 ? "rare" : "usual")}\n")));
        Assert.Contains("Only 1 patient is `rare`; 2 folds need", Assert.Throws<InputException>(() => PatientFolds.Make(few, new() { Folds = 2 })).Message);
    }

    [Fact]
    public void A_row_has_the_number_that_a_spreadsheet_gives_it()
    {
        Assert.Contains("row 5", Refuses("cohort-bad-value", "case_id,slide_id,label\nA,s1,x\n\n\nB,,y\n").Message);
        Assert.Contains("row 4", Refuses("cohort-unreadable", "case_id,slide_id,label\nA,s1,x\n\nB,s2\n").Message);
    }

    [Fact]
    public void Letters_that_cannot_be_read_are_refused_and_those_that_can_stay()
    {
        const string Text = "case_id,slide_id,label\nA,s1,Gefäß\nB,s2,normal\n";
        Assert.Equal(["Gefäß", "normal"], Read(Text).Classes);
        var path = Path.Combine(_folder, "other.csv");
        File.WriteAllText(path, Text, System.Text.Encoding.Unicode);
        Assert.Equal(["Gefäß", "normal"], CohortReader.Read(path).Classes);
        File.WriteAllText(path, Text, System.Text.Encoding.Latin1);
        var refused = Assert.Throws<InputException>(() => CohortReader.Read(path));
        Assert.Equal("cohort-unreadable", refused.Code);
        Assert.Contains("UTF-8", refused.Message);
    }
}
