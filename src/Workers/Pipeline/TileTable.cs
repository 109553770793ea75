using System.Runtime.InteropServices;
using System.Text.Json;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Inference;

namespace Mhim.Workers.Pipeline;

/// <summary>
/// The tiles of a prediction with everything that is known of each, for those who draw them. The numbers stand in a file beside this, little endian and
/// one after the other: x int32 [N], y int32 [N] (level-0 pixels of the top left corner), then float32 [N] for each of the series, then one byte [N]: 1 easy
/// (the teacher would mask it), 2 hard (it stays), 0 neither. The order is that of the feature file.
/// </summary>
/// <param name="Tiles">N.</param>
/// <param name="TileSize">Side of a tile in pixels at <paramref name="Mpp"/>.</param>
/// <param name="TileSizeLevel0">Side of a tile in level-0 pixels.</param>
/// <param name="Mpp">Resolution of the tiles, µm per pixel.</param>
/// <param name="SlideMpp">Resolution of level 0, µm per pixel; null when it is not known.</param>
/// <param name="SlideWidth">Width of level 0 in pixels.</param>
/// <param name="SlideHeight">Height of level 0 in pixels.</param>
/// <param name="Easy">How many are easy.</param>
/// <param name="Hard">How many are hard.</param>
/// <param name="Series">What the numbers are, in their order.</param>
public sealed record TileTable(
    int Tiles, int TileSize, int TileSizeLevel0, double Mpp, double? SlideMpp, long SlideWidth, long SlideHeight, int Easy, int Hard, IReadOnlyList<TileSeries> Series)
{
    /// <summary>This, as JSON.</summary>
    public const string File = "tiles.json";

    /// <summary>The numbers.</summary>
    public const string Data = "tiles.bin";

    /// <summary>Writes both files.</summary>
    /// <param name="folder">Of the prediction.</param>
    /// <param name="coords">[N] places.</param>
    /// <param name="geometry">How the tiles were cut.</param>
    /// <param name="prediction">Of N instances.</param>
    /// <param name="classes">What each class score is for: the classes, or words for the time bins.</param>
    /// <param name="risk">What the instance scores of survival are for; null for classes, of which they are one.</param>
    public static void Write(string folder, IReadOnlyList<TileCoord> coords, TileGeometry geometry, Prediction prediction, IReadOnlyList<string> classes, string? risk = null)
    {
        var n = coords.Count;
        float[] Column(int c) => [.. Enumerable.Range(0, n).Select(i => prediction.ClassScores[i * classes.Count + c])];
        (TileSeries Series, float[] Values) Named(string name, string kind, bool scored, float[] values) =>
            (new TileSeries(name, kind, scored, Known(values.Min()), Known(values.Max())), values);
        (TileSeries Series, float[] Values)[] series =
        [
            Named("attention", "attention", false, prediction.Attention),
            .. risk is null ? [] : ((TileSeries, float[])[])[Named(risk, "class", true, prediction.InstanceScores)],
            .. classes.Select((name, c) => Named(name, "class", c == prediction.ScoredClass, Column(c))),
        ];
        var flags = new byte[n];
        foreach (var easy in prediction.Mask?.Easy ?? [])
            flags[easy] = 1;
        foreach (var hard in prediction.Mask?.Hard ?? [])
            flags[hard] = 2;
        AtomicFile.Write(Path.Combine(folder, Data), temporary =>
        {
            using var file = System.IO.File.Create(temporary);
            file.Write(MemoryMarshal.AsBytes<int>([.. coords.Select(c => checked((int)c.X))]));
            file.Write(MemoryMarshal.AsBytes<int>([.. coords.Select(c => checked((int)c.Y))]));
            foreach (var (_, values) in series)
                file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            file.Write(flags);
        });
        var table = new TileTable(n, geometry.TileSize, geometry.TileSizeLevel0, geometry.Mpp, double.IsFinite(geometry.SlideMpp) ? geometry.SlideMpp : null, geometry.SlideWidth,
            geometry.SlideHeight, flags.Count(f => f == 1), flags.Count(f => f == 2), [.. series.Select(s => s.Series)]);
        AtomicFile.WriteAllBytes(Path.Combine(folder, File), JsonSerializer.SerializeToUtf8Bytes(table, JsonSerializerOptions.Web));
    }

    static double Known(float value) => float.IsFinite(value) ? value : 0;
}

/// <summary>A number of every tile.</summary>
/// <param name="Name">attention, or the class or time bin that the number is for; <c>risk</c> for the mean of the time bins.</param>
/// <param name="Kind"><c>attention</c> (after the softmax, all tiles add up to 1) or <c>class</c> (0 to 1, how much the tile speaks for it; the classes of a tile add up to 1, time bins do not).</param>
/// <param name="Scored">Whether heatmap and top tiles are made of it.</param>
/// <param name="Least">The lowest.</param>
/// <param name="Most">The highest.</param>
public sealed record TileSeries(string Name, string Kind, bool Scored, double Least, double Most);
