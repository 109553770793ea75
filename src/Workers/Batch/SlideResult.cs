using System.Text.Json.Serialization;
using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Batch;

/// <summary>How a slide of a run ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SlideState>))]
enum SlideState
{
    /// <summary>Made now.</summary>
    Done,

    /// <summary>It was there, made from the same slide and options; by an earlier run, or by another process just now.</summary>
    Kept,

    /// <summary>Not made, for a reason.</summary>
    Failed,

    /// <summary>The run was stopped before.</summary>
    Open,
}

/// <summary>What making a slide's outputs brought.</summary>
/// <param name="Tiles">Tiles in the output.</param>
/// <param name="Dim">Numbers a tile; null without features.</param>
/// <param name="SlideMpp">µm per pixel of level 0.</param>
/// <param name="TileSizeLevel0">Side of a tile in level-0 pixels.</param>
/// <param name="Quality">Shares; null when the files do not say.</param>
/// <param name="Ledger">What became of every place of the grid; null when the files do not say.</param>
sealed record SlideOutput(int Tiles, int? Dim, double? SlideMpp, int? TileSizeLevel0, SlideQuality? Quality, TileLedger? Ledger);

/// <summary>A slide in the report.</summary>
sealed record SlideResult(SlideEntry Slide, SlideState State)
{
    public SlideOutput? Output { get; init; }

    public Resolution? Resolution { get; init; }

    /// <summary>Why it failed: a stable word.</summary>
    public string? Code { get; init; }

    /// <summary>The same as a sentence.</summary>
    public string? Reason { get; init; }

    public double Seconds { get; init; }
}
