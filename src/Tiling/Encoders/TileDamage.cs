using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Encoders;

/// <summary>Counts the tiles of a slide that cannot be read, and refuses the slide when they are too many.</summary>
/// <param name="path">The slide's file, for the sentence.</param>
/// <param name="grid">Its tiles; those that tissue finding could not read count too.</param>
/// <param name="most">Largest share, 0 to 1.</param>
internal sealed class TileDamage(string path, TileGrid grid, double most)
{
    readonly Lock gate = new();
    readonly long known = grid.Ledger?.Count(TileFate.Unreadable) ?? 0;
    long unreadable;
    InputException? example;

    /// <summary>Counts one.</summary>
    /// <exception cref="InputException"><c>slide-unreadable</c>: one too many.</exception>
    internal void Add(InputException reason)
    {
        lock (gate)
        {
            unreadable++;
            example ??= reason;
        }
        Check();
    }

    /// <summary>Refuses the slide if there are too many already.</summary>
    /// <exception cref="InputException"><c>slide-unreadable</c>.</exception>
    internal void Check()
    {
        long total = grid.Coords.Length + known, bad = known + Interlocked.Read(ref unreadable);
        if (bad > most * total)
            throw SlideDamage.Refuse(path, most, $"its {total} tiles", example);
    }
}
