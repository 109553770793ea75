using Mhim.Api.Predictions.Report;
using SkiaSharp;

namespace Mhim.Api.Tests.Predictions.Report;

public sealed class PdfPageTests
{
    [Fact]
    public void What_comes_behind_a_fact_that_crosses_a_page_stands_at_the_top_of_the_next_one()
    {
        using var page = new PdfPage(new MemoryStream(), new SKDocumentPdfMetadata(), "footer");
        page.Y = PdfPage.Height - 52 - 15;
        page.Fact("name", "one line\nand another on the next page");
        Assert.InRange(page.Y, PdfPage.Margin, PdfPage.Margin + 20);
        var top = page.Y;
        page.Fact("name", "value");
        Assert.InRange(page.Y, top + 12, top + 14);
    }
}
