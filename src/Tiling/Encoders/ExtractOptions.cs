namespace Mhim.Tiling.Encoders;

/// <summary>How the work is spread, and which tiles count. Of the numbers, only <see cref="DecoderShrinks"/> changes a feature.</summary>
/// <param name="Threads">Workers; 0 takes every core.</param>
/// <param name="BatchSize">Tiles that a worker reads and encodes at a time, at least 1.</param>
/// <param name="DecoderShrinks">
/// Where tiles are at least twice as coarse as the level they are read from, and the slide is JPEG, lets the decoder leave out what is too fine:
/// reading is faster, but the pixels are not quite those that every other reader gives (mean difference 0.1 to 0.2 grey levels, single ones 20).
/// <c>stain-texture</c>, which counts blobs, then differs by 7%. Use it for a whole cohort or not at all.
/// </param>
/// <param name="MaxUnreadable">
/// Tiles that the file's damage makes unreadable are left out of the bag and named in its ledger; over this share of the tiles with tissue, 0 to 1, the
/// slide is refused.
/// </param>
/// <param name="SkipBlurred">Leaves out tiles that are out of focus.</param>
public sealed record ExtractOptions(
    int Threads = 0, int BatchSize = 32, bool DecoderShrinks = false, double MaxUnreadable = 0.01, bool SkipBlurred = true);

/// <summary>How far an extraction is.</summary>
/// <param name="Done">Tiles encoded so far.</param>
/// <param name="Total">Tiles of the grid.</param>
public readonly record struct ExtractProgress(int Done, int Total);
