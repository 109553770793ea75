using System.Text;
using SkiaSharp;

namespace Mhim.Api.Predictions.Report;

/// <summary>Pages of A4 that are filled from top to bottom; all in points.</summary>
sealed class PdfPage : IDisposable
{
    public const float Width = 595, Height = 842, Margin = 44, Inner = Width - 2 * Margin;
    const float Bottom = Height - 52;

    public static readonly SKColor Ink = new(0x1b, 0x22, 0x27), Quiet = new(0x5b, 0x66, 0x6d), Rule = new(0xd5, 0xdb, 0xde), Accent = new(0x0b, 0x6e, 0x7f), Pale = new(0xf1, 0xf4, 0xf5);

    readonly SKDocument document;
    readonly string footer;
    int pages;

    public PdfPage(Stream stream, SKDocumentPdfMetadata metadata, string footer)
    {
        document = SKDocument.CreatePdf(stream, metadata);
        this.footer = footer;
        Canvas = Begin();
    }

    public SKCanvas Canvas { get; private set; }

    /// <summary>Where the next thing goes.</summary>
    public float Y { get; set; }

    /// <summary>Goes on to a new page unless so much is left on this one.</summary>
    public void Need(float height)
    {
        if (Y + height <= Bottom)
            return;
        document.EndPage();
        Canvas = Begin();
    }

    SKCanvas Begin()
    {
        var canvas = document.BeginPage(Width, Height);
        pages++;
        Y = Margin;
        Canvas = canvas;
        Line(Height - 42, Rule);
        Text(Margin, Height - 28, footer, PdfFonts.Regular(7.5f), Quiet, Inner - 60);
        Text(Width - Margin, Height - 28, $"page {pages}", PdfFonts.Regular(7.5f), Quiet, 60, SKTextAlign.Right);
        return canvas;
    }

    /// <summary>A text on one line, cut where it would be too wide.</summary>
    public void Text(float x, float y, string text, SKFont font, SKColor colour, float most, SKTextAlign align = SKTextAlign.Left)
    {
        text = Known(text, font);
        if (font.MeasureText(text) > most)
        {
            while (text.Length > 1 && font.MeasureText(text + "…") > most)
                text = text[..^(char.IsLowSurrogate(text[^1]) ? 2 : 1)];
            text += "…";
        }
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        Canvas.DrawText(text, x, y, align, font, paint);
    }

    /// <summary>A text on as many lines as it wants, at the present place.</summary>
    public void Paragraph(string text, SKFont font, SKColor colour, float x = Margin, float most = Inner)
    {
        foreach (var line in Lines(Known(text, font), font, most))
        {
            Need(font.Size * 1.45f);
            Y += font.Size * 1.45f;
            Text(x, Y - font.Size * 0.35f, line, font, colour, most + 1);
        }
    }

    public void Heading(string text)
    {
        Need(60);
        Y += 26;
        Text(Margin, Y, text, PdfFonts.Bold(11), Accent, Inner);
        Y += 6;
        Line(Y, Rule);
        Y += 6;
    }

    /// <summary>A name and what it stands for.</summary>
    public void Fact(string name, string value)
    {
        const float column = 112;
        Need(14);
        var (top, page) = (Y, pages);
        Text(Margin, top + 10, name, PdfFonts.Regular(8.5f), Quiet, column - 8);
        Paragraph(value, PdfFonts.Regular(8.5f), Ink, Margin + column, Inner - column);
        if (pages == page) // on another page its own lines are all there is
            Y = Math.Max(Y, top + 12.4f);
    }

    public void Line(float y, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, StrokeWidth = 0.7f, IsAntialias = true };
        Canvas.DrawLine(Margin, y, Width - Margin, y, paint);
    }

    public void Box(SKRect at, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        Canvas.DrawRoundRect(at, 3, 3, paint);
    }

    /// <summary>A picture, as large as fits into a box, at its top left corner.</summary>
    /// <returns>Where it lies; empty when there is none.</returns>
    public SKRect Picture(string? path, SKRect into)
    {
        using var image = path is not null && File.Exists(path) ? SKImage.FromEncodedData(path) : null;
        if (image is null)
            return SKRect.Empty;
        var scale = Math.Min(into.Width / image.Width, into.Height / image.Height);
        var at = SKRect.Create(into.Left, into.Top, image.Width * scale, image.Height * scale);
        Canvas.DrawImage(image, at, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return at;
    }

    static IEnumerable<string> Lines(string text, SKFont font, float most)
    {
        foreach (var part in text.Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in part.Split(' '))
            {
                var rest = word;
                if (line.Length > 0 && font.MeasureText($"{line} {rest}") > most)
                {
                    yield return line.ToString();
                    line.Clear();
                }
                // A hash or a path has no place to break.
                while (line.Length == 0 && rest.Length > 1 && font.MeasureText(rest) > most)
                {
                    var fits = Math.Max(1, (int)font.BreakText(rest, most));
                    yield return rest[..fits];
                    rest = rest[fits..];
                }
                line.Append(line.Length > 0 ? " " : "").Append(rest);
            }
            yield return line.ToString();
        }
    }

    // What the font does not have would leave no trace.
    static string Known(string text, SKFont font)
    {
        if (font.ContainsGlyphs(text))
            return text;
        var known = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value is '\n' || font.ContainsGlyphs(rune.ToString()))
                known.Append(rune);
            else
                known.Append(Rune.IsControl(rune) ? ' ' : '□');
        return known.ToString();
    }

    public void Dispose()
    {
        document.EndPage();
        document.Close();
        document.Dispose();
    }
}
