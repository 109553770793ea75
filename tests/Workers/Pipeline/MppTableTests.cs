using Mhim.Features;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Pipeline;

public sealed class MppTableTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-mpp-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    MppTable Table(params string[] lines)
    {
        var path = Path.Combine(folder, "mpp.csv");
        File.WriteAllLines(path, lines);
        return MppTable.Read(path);
    }

    [Fact]
    public void A_slide_is_found_by_its_path_its_name_or_its_id_exactly()
    {
        var table = Table("wsi,mpp", "a/x.svs,0.25", "x.svs,0.5", "y,0.3", "z.tif,");
        Assert.Equal(0.25, table.Find("/slides/a/x.svs"));
        Assert.Equal(0.5, table.Find("/slides/b/x.svs"));
        Assert.Equal(0.3, table.Find("y.ndpi"));
        Assert.Null(table.Find("z.tif"));
        Assert.Null(table.Find("xy.svs"));
        Assert.Null(table.Unused());
    }

    [Fact]
    public void A_slide_without_its_file_is_found_by_its_id_with_the_folders_that_it_has()
    {
        var table = Table("wsi,mpp", "b/x.svs,0.25", "a/x.svs,0.5", "y.svs,0.3", "deep/w.svs,1");
        Assert.Equal((0.5, 0.25), (table.FindId("a/x"), table.FindId("b/x")));
        Assert.Equal((0.3, 1.0), (table.FindId("a/y"), table.FindId("w")));
        Assert.Null(table.FindId("c/x"));
        Assert.Null(table.Unused());
    }

    [Fact]
    public void Columns_may_be_more_and_in_any_order_and_rows_without_a_slide_are_told()
    {
        var table = Table("\uFEFFsite,mpp,WSI", "A,0.5,\"x.svs\"", "B,1,nowhere.svs");
        Assert.Equal(0.5, table.Find("x.svs"));
        Assert.Contains("'nowhere.svs'", table.Unused());
    }

    [Theory]
    [InlineData("slide,mpp", "x.svs,0.5", "columns")]
    [InlineData("wsi,mpp", "x.svs,half", "line 2")]
    [InlineData("wsi,mpp", "x.svs,-1", "line 2")]
    [InlineData("wsi,mpp", "x.svs,0.5\nx.svs,0.25", "twice")]
    public void A_table_that_cannot_be_used_says_why(string header, string rows, string named)
    {
        var refused = Assert.Throws<InputException>(() => Table(header, rows));
        Assert.Equal("mpp-table", refused.Code);
        Assert.Contains(named, refused.Message);
    }
}
