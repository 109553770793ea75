using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Workers.Commands;

namespace Mhim.Workers.Batch;

/// <summary>What a run over many slides came to: a table, <c>report.json</c> and <c>report.csv</c> (docs/folder-runs.md), an exit code.</summary>
static class BatchReport
{
    static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>report.json</c> and <c>report.csv</c> into a folder.</summary>
    public static void Write(string folder, string verb, IReadOnlyList<SlideResult> results)
    {
        var columns = Columns();
        var rows = results.Select(result => columns.ToDictionary(column => column.Name, column => column.Of(result))).ToList();
        AtomicFile.WriteAllText(Path.Combine(folder, "report.json"), JsonSerializer.Serialize(new
        {
            verb,
            slides = results.Count,
            done = results.Count(r => r.State == SlideState.Done),
            kept = results.Count(r => r.State == SlideState.Kept),
            failed = results.Count(r => r.State == SlideState.Failed),
            open = results.Count(r => r.State == SlideState.Open),
            rows,
        }, Form));
        var csv = new StringBuilder(Csv.Line(columns.Select(column => column.Name)));
        foreach (var row in rows)
            csv.Append(Csv.Line(columns.Select(column => Cell(row[column.Name]))));
        AtomicFile.WriteAllText(Path.Combine(folder, "report.csv"), csv.ToString());
    }

    /// <summary>The closing table on standard output, and what failed.</summary>
    public static void Print(IReadOnlyList<SlideResult> results)
    {
        var made = results.Where(r => r.Output is not null).ToList();
        bool features = made.Exists(r => r.Output!.Dim is not null), several = results.Count > 1;
        if (made.Count > 0)
            TextTable.Print(
                ["slide", .. several ? (string[])["state"] : [], "tiles", "left out", "tissue", "pen", "dark edge", "blur", .. features ? (string[])["numbers a tile"] : [], "slide µm/px", "tile side at level 0", "seconds"],
                made.Select(r => (string[])
                [
                    r.Slide.Id, .. several ? (string[])[r.State.ToString().ToLowerInvariant()] : [], $"{r.Output!.Tiles}", QualityWords.Skipped(r.Output.Ledger),
                    r.Output.Quality is { } q ? $"{q.Tissue:P1}" : "?", QualityWords.Pens(r.Output.Quality), QualityWords.Dark(r.Output.Quality), QualityWords.Blur(r.Output.Quality),
                    .. features ? (string[])[$"{r.Output.Dim}"] : [], $"{r.Output.SlideMpp:0.####}", $"{r.Output.TileSizeLevel0}", $"{r.Seconds:0.0}",
                ]));
        var failed = results.Where(r => r.State == SlideState.Failed).ToList();
        if (failed.Count == 0)
            return;
        Console.Out.WriteLine();
        TextTable.Print(["failed slide", "code", "reason"], failed.Select(r => (string[])[r.Slide.Id, r.Code!, r.Reason!]));
        Screen.Say($"mhim: {failed.Count} of {results.Count} slides failed; the reasons stand in the table and in report.json.");
    }

    /// <summary>0 when all are there, 3 when some failed, 2 when all did.</summary>
    public static int ExitCode(IReadOnlyList<SlideResult> results)
    {
        int failed = results.Count(r => r.State == SlideState.Failed);
        return failed == 0 ? CommandLine.Ok : failed == results.Count ? CommandLine.BadInput : CommandLine.SomeFailed;
    }

    static List<(string Name, Func<SlideResult, object?> Of)> Columns()
    {
        var columns = new List<(string, Func<SlideResult, object?>)>
        {
            ("slide", r => r.Slide.Id),
            ("file", r => r.Slide.Path),
            ("state", r => r.State.ToString().ToLowerInvariant()),
            ("code", r => r.Code),
            ("reason", r => r.Reason),
            ("tiles", r => r.Output?.Tiles),
            ("dim", r => r.Output?.Dim),
            ("mpp", r => r.Output?.SlideMpp ?? r.Resolution?.Mpp),
            ("mpp_source", r => r.Resolution?.Source.ToString().ToLowerInvariant()),
            ("mpp_confidence", r => r.Resolution?.Confidence.ToString().ToLowerInvariant()),
            ("tile_size_level0", r => r.Output?.TileSizeLevel0),
            ("tissue", r => r.Output?.Quality?.Tissue),
            ("pen_blue", r => r.Output?.Quality?.Artefacts.BluePen),
            ("pen_green", r => r.Output?.Quality?.Artefacts.GreenPen),
            ("pen_red", r => r.Output?.Quality?.Artefacts.RedPen),
            ("pen_black", r => r.Output?.Quality?.Artefacts.BlackPen),
            ("dark_edge", r => r.Output?.Quality?.Artefacts.DarkEdge),
            ("blur", r => r.Output?.Quality?.Blur),
        };
        foreach (var fate in Enum.GetValues<TileFate>())
            columns.Add(("tiles_" + TileLedger.WordOf(fate).Replace('-', '_'), r => r.Output?.Ledger?.Count(fate)));
        columns.Add(("tiles_outside", r => r.Output?.Ledger?.Outside));
        columns.Add(("seconds", r => Math.Round(r.Seconds, 2)));
        return columns;
    }

    static string Cell(object? value) => (Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").ReplaceLineEndings(" ");
}
