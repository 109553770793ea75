namespace Mhim.Tiling.Encoders;

/// <summary>How the work is spread; never changes a feature.</summary>
/// <param name="Threads">Workers; 0 takes every core.</param>
/// <param name="BatchSize">Tiles that a worker reads and encodes at a time, at least 1.</param>
public sealed record ExtractOptions(int Threads = 0, int BatchSize = 32);

/// <summary>How far an extraction is.</summary>
/// <param name="Done">Tiles encoded so far.</param>
/// <param name="Total">Tiles of the grid.</param>
public readonly record struct ExtractProgress(int Done, int Total);
