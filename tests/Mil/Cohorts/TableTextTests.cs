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
