using Mhim.Features;
using Mhim.Tiling.Grid;

namespace Mhim.Workers.Commands;

/// <summary>A slide's quality in the cells of a table.</summary>
static class QualityWords
{
    /// <summary>Pens by colour, such as <c>green 14.0 %, red 2.1 %</c>; a dash when there are none.</summary>
    public static string Pens(SlideQuality? quality)
    {
        if (quality is null)
            return "?";
        var a = quality.Artefacts;
        var pens = ((string Colour, double Share)[])[("blue", a.BluePen), ("green", a.GreenPen), ("red", a.RedPen), ("black", a.BlackPen)];
        var found = pens.Where(pen => pen.Share > 0).Select(pen => $"{pen.Colour} {pen.Share:P1}").ToList();
        return found.Count == 0 ? "-" : string.Join(", ", found);
    }

    /// <summary>Share of dark edges.</summary>
    public static string Dark(SlideQuality? quality) => quality is null ? "?" : quality.Artefacts.DarkEdge > 0 ? $"{quality.Artefacts.DarkEdge:P1}" : "-";

    /// <summary>Share of the tiles that are out of focus.</summary>
    public static string Blur(SlideQuality? quality) => quality?.Blur is not { } blur ? "?" : blur > 0 ? $"{blur:P0}" : "-";

    /// <summary>Tiles that were left out although they are no plain glass, by reason: <c>12 pen, 3 blur</c>; a dash when there are none.</summary>
    public static string Skipped(TileLedger? ledger)
    {
        if (ledger is null)
            return "?";
        var found = ((TileFate[])[TileFate.Pen, TileFate.DarkEdge, TileFate.Blur, TileFate.Unreadable])
            .Where(fate => ledger.Count(fate) > 0).Select(fate => $"{ledger.Count(fate)} {TileLedger.WordOf(fate)}").ToList();
        return found.Count == 0 ? "-" : string.Join(", ", found);
    }

    /// <summary>Everything in a ledger, such as <c>120 read, 300 no-tissue</c>.</summary>
    public static string All(TileLedger ledger) =>
        string.Join(", ", ledger.Counts().Where(fate => fate.Value > 0).Select(fate => $"{fate.Value} {fate.Key}"));
}
