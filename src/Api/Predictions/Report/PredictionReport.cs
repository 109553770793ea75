using System.Globalization;
using Mhim.Mil.Checkpoints;
using Mhim.Workers.Pipeline;
using SkiaSharp;

namespace Mhim.Api.Predictions.Report;

/// <summary>What a report is made of.</summary>
/// <param name="PredictionId">The prediction.</param>
/// <param name="CreatedAt">When it was asked for, UTC.</param>
/// <param name="Result">What the model said.</param>
/// <param name="Card">The model's card; null when it cannot be read.</param>
/// <param name="ModelName">What people call the model.</param>
/// <param name="Patient">Whose slide it is in the cohort of that run; null when nobody knows.</param>
/// <param name="Run">Run and cohort that the model comes from; null when it was uploaded.</param>
/// <param name="Scanner">Vendor of the scanner.</param>
/// <param name="Folder">The prediction's files.</param>
/// <param name="Thumbnail">The slide's overview; null when there is none.</param>
/// <param name="Opinions">What people think of it.</param>
/// <param name="Version">Of the program.</param>
sealed record ReportContent(Guid PredictionId, DateTime CreatedAt, PredictionSummary Result, ModelCard? Card, string ModelName, string? Patient, (string Run, string Cohort)? Run, string? Scanner,
    string Folder, string? Thumbnail, IReadOnlyList<(string Who, bool Agrees, string? Label, string? Comment, DateTime At)> Opinions, string Version);

/// <summary>A prediction on two pages of A4 for people.</summary>
static class PredictionReport
{
    const string Notice = "Research use only. Not for diagnosis.", Tested = "was tested on";
    static readonly SKColor Warning = new(0x8a, 0x4b, 0x00), WarningPale = new(0xfd, 0xf3, 0xe3);

    public static byte[] Render(ReportContent content)
    {
        using var stream = new MemoryStream();
        // Starting from Default: an empty one squeezes every picture to JPEG of quality 0.
        var metadata = SKDocumentPdfMetadata.Default with
        {
            Title = $"{content.Result.Slide}: {content.ModelName}", Subject = Notice, Creator = "MHIM", Producer = $"MHIM {content.Version}", Creation = content.CreatedAt, Modified = content.CreatedAt,
            EncodingQuality = 92,
        };
        using (var page = new PdfPage(stream, metadata, $"{Notice}  ·  MHIM {content.Version}  ·  prediction {content.PredictionId}"))
        {
            Head(page, content);
            Result(page, content);
            Pictures(page, content);
            TopTiles(page, content);
            Opinions(page, content);
            Provenance(page, content);
        }
        return stream.ToArray();
    }

    static void Head(PdfPage page, ReportContent content)
    {
        page.Text(PdfPage.Margin, page.Y + 10, "MHIM", PdfFonts.Bold(10), PdfPage.Accent, 100);
        page.Text(PdfPage.Width - PdfPage.Margin, page.Y + 10, $"{content.CreatedAt:yyyy-MM-dd HH:mm} UTC", PdfFonts.Regular(8.5f), PdfPage.Quiet, 200, SKTextAlign.Right);
        page.Text(PdfPage.Margin, page.Y + 36, content.Result.Slide, PdfFonts.Bold(17), PdfPage.Ink, PdfPage.Inner);
        page.Text(PdfPage.Margin, page.Y + 52, $"read by {content.ModelName}", PdfFonts.Regular(9.5f), PdfPage.Quiet, PdfPage.Inner);
        var box = SKRect.Create(PdfPage.Margin, page.Y + 64, PdfPage.Inner, 20);
        page.Box(box, WarningPale);
        page.Text(box.Left + 8, box.Top + 13.5f, Notice + " A pathologist has to look at the slide.", PdfFonts.Bold(8.5f), Warning, box.Width - 16);
        page.Y = box.Bottom;
    }

    static void Result(PdfPage page, ReportContent content)
    {
        page.Heading("Result");
        if (content.Result.Survival is { } survival)
            Survival(page, content.Result, survival);
        else
            Classes(page, content);
        // What weakens the result stands beside it, not only among the provenance.
        if (content.Card is { } card && Known(card, content) is { } part && part != Tested)
            page.Paragraph($"This slide is one of those that the model {part}.", PdfFonts.Bold(8.5f), Warning);
        else if (content is { Card.Task: "survival", Run: null })
            page.Paragraph("Whether the model learnt from this slide cannot be told: its card may name patients only.", PdfFonts.Bold(8.5f), Warning);
    }

    static void Classes(PdfPage page, ReportContent content)
    {
        page.Text(PdfPage.Margin, page.Y + 18, content.Result.PredictedClass, PdfFonts.Bold(15), PdfPage.Ink, PdfPage.Inner);
        page.Y += 28;
        foreach (var one in content.Result.Classes.Take(12))
        {
            page.Text(PdfPage.Margin, page.Y + 10, one.Name, PdfFonts.Regular(9), PdfPage.Ink, 150);
            var bar = SKRect.Create(PdfPage.Margin + 160, page.Y + 3, 260, 8);
            page.Box(bar, PdfPage.Pale);
            page.Box(SKRect.Create(bar.Left, bar.Top, (float)(bar.Width * Math.Clamp(one.Probability, 0, 1)), bar.Height), one.Name == content.Result.PredictedClass ? PdfPage.Accent : PdfPage.Quiet);
            page.Text(bar.Right + 44, page.Y + 10, one.Probability.ToString("0.0%", CultureInfo.InvariantCulture), PdfFonts.Regular(9), PdfPage.Ink, 60, SKTextAlign.Right);
            page.Y += 16;
        }
        page.Paragraph(content.Card?.Temperature is { } t ? FormattableString.Invariant($"Probabilities are calibrated on validation cases (temperature {t:0.00}).")
            : "Probabilities are not calibrated: 0.9 need not mean nine in ten.", PdfFonts.Regular(8), PdfPage.Quiet);
    }

    static void Survival(PdfPage page, PredictionSummary result, IReadOnlyList<SurvivalPoint> curve)
    {
        page.Text(PdfPage.Margin, page.Y + 18, FormattableString.Invariant($"Risk {result.Risk:0.000}"), PdfFonts.Bold(15), PdfPage.Ink, PdfPage.Inner);
        page.Y += 28;
        page.Paragraph("Higher is worse; it has a meaning only beside the risks of the model's cohort. Probability to be free of the event until:", PdfFonts.Regular(8), PdfPage.Quiet);
        page.Y += 4;
        foreach (var (point, i) in curve.Select((point, i) => (point, i)))
        {
            var last = i == curve.Count - 1;
            page.Text(PdfPage.Margin, page.Y + 10, last && !double.IsFinite(point.Until) ? "later" : point.Until.ToString("0.##", CultureInfo.InvariantCulture), PdfFonts.Regular(9), PdfPage.Ink, 150);
            var bar = SKRect.Create(PdfPage.Margin + 160, page.Y + 3, 260, 8);
            page.Box(bar, PdfPage.Pale);
            page.Box(SKRect.Create(bar.Left, bar.Top, (float)(bar.Width * Math.Clamp(point.Probability, 0, 1)), bar.Height), PdfPage.Accent);
            page.Text(bar.Right + 44, page.Y + 10, point.Probability.ToString("0.0%", CultureInfo.InvariantCulture), PdfFonts.Regular(9), PdfPage.Ink, 60, SKTextAlign.Right);
            page.Y += 16;
        }
    }

    static void Pictures(PdfPage page, ReportContent content)
    {
        page.Heading("Slide and heatmap");
        var height = Math.Min(330, PdfPage.Height - 100 - page.Y);
        page.Need(height < 160 ? 400 : height);
        height = Math.Min(330, PdfPage.Height - 100 - page.Y);
        const float half = (PdfPage.Inner - 16) / 2;
        var slide = page.Picture(content.Thumbnail, SKRect.Create(PdfPage.Margin, page.Y + 4, half, height - 20));
        var map = page.Picture(Path.Combine(content.Folder, PredictionFiles.Heatmap), SKRect.Create(PdfPage.Margin + half + 16, page.Y + 4, half, height - 20));
        page.Y = Math.Max(slide.Bottom, Math.Max(map.Bottom, page.Y)) + 4;
        page.Paragraph(FormattableString.Invariant($"Left the slide, right where the model found evidence for {content.Result.ScoredClass}, over {content.Result.Tiles} tiles. Grey tiles score up to {PredictStep.ScoreOfNothing(content.Result.Classes.Count):0.00}, which is what a tile without evidence has; yellow is 1."),
            PdfFonts.Regular(8), PdfPage.Quiet);
    }

    static void TopTiles(PdfPage page, ReportContent content)
    {
        if (content.Result.TopTiles.Count == 0)
            return;
        page.Heading("Tiles that counted most");
        const int columns = 6;
        const float gap = 8, side = (PdfPage.Inner - gap * (columns - 1)) / columns;
        foreach (var row in content.Result.TopTiles.Chunk(columns))
        {
            page.Need(side + 26);
            for (var c = 0; c < row.Length; c++)
            {
                var at = SKRect.Create(PdfPage.Margin + c * (side + gap), page.Y + 4, side, side);
                page.Picture(Path.Combine(content.Folder, PredictionFiles.TopTile(row[c].Rank)), at);
                page.Text(at.Left, at.Bottom + 10, $"{row[c].Rank}", PdfFonts.Bold(8), PdfPage.Ink, 20);
                page.Text(at.Right, at.Bottom + 10, row[c].Score.ToString("0.000", CultureInfo.InvariantCulture), PdfFonts.Regular(8), PdfPage.Quiet, 50, SKTextAlign.Right);
            }
            page.Y += side + 20;
        }
        page.Paragraph(FormattableString.Invariant($"Each is {content.Result.TileSize * content.Result.Mpp:0} µm wide; the number is its score for {content.Result.ScoredClass}, 0 to 1."),
            PdfFonts.Regular(8), PdfPage.Quiet);
    }

    static void Opinions(PdfPage page, ReportContent content)
    {
        page.Heading("What people think");
        if (content.Opinions.Count == 0)
            page.Paragraph("Nobody has said yet whether they agree.", PdfFonts.Regular(8.5f), PdfPage.Quiet);
        foreach (var one in content.Opinions)
            page.Fact($"{one.At:yyyy-MM-dd}", $"{one.Who} {(one.Agrees ? "agrees" : one.Label is { } label ? $"disagrees and sees {label}" : "disagrees")}{(one.Comment is { } words ? $": {words}" : ".")}");
    }

    static void Provenance(PdfPage page, ReportContent content)
    {
        var result = content.Result;
        page.Heading("Where it comes from");
        page.Fact("Slide", $"{result.Slide}, SHA-256 {result.SlideSha256}");
        if (content.Scanner is { } scanner)
            page.Fact("Scanner", scanner == "generic-tiff" ? "not told by the file (TIFF)" : scanner);
        page.Fact("Tiles", FormattableString.Invariant($"{result.Tiles} of {result.TileSize} × {result.TileSize} pixels at {result.Mpp:0.####} µm per pixel"));
        page.Fact("Encoder", result.Encoder);
        page.Fact("Model", $"{content.ModelName} ({result.Model}), SHA-256 of the weights {result.ModelSha256}");
        if (content.Run is { } run)
            page.Fact("Trained by", $"run {run.Run} on the cohort {run.Cohort}");
        if (content.Card is { } card)
        {
            page.Fact("Learnt from", $"{card.Train.Count} cases; {card.Validation.Count} chose the epoch, {card.Test.Count} were held out{(Known(card, content) is { } part ? $". This slide is one of those that it {part}" : "")}.");
            if (card.Metrics.Count > 0)
                page.Fact("Scores", string.Join(", ", card.Metrics.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:0.000}"))));
        }
        if (result.Mask is { } mask)
            page.Fact("Easy tiles", $"The {mask.ScoredBy} would mask {mask.EasyTiles} tiles as easy; {mask.HardTiles} stay.");
        page.Fact("Inputs", $"hash over all that decided this: {result.Inputs}");
        page.Fact("Program", $"MHIM {content.Version}");
    }

    // Cards of models that read patients name patients, those of others slides.
    static string? Known(ModelCard card, ReportContent content)
    {
        bool In(IReadOnlyList<string> part) => part.Contains(content.Result.Slide) || (content.Patient is { } patient && part.Contains(patient));
        return In(card.Train) ? "learnt from, so the result says little" : In(card.Validation) ? "chose its epoch by" : In(card.Test) ? Tested : null;
    }
}
