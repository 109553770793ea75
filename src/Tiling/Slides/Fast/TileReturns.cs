namespace Mhim.Tiling.Slides.Fast;

/// <summary>
/// Tells a walk that takes each stored tile once from one that comes back to them, as over an overlapping grid: by how many of the last tiles had been asked
/// for before. Threads may write over each other's notes: what comes of it is a tile decoded twice, or kept for nothing.
/// </summary>
internal sealed class TileReturns
{
    // Of a grid on the largest slides, three rows of tiles.
    const int Remembered = 4096, Period = 256;
    const double Many = 0.25;

    readonly int[] last = new int[Remembered];
    int asked, returned;

    /// <summary>Notes that a tile is wanted.</summary>
    /// <returns>Whether tiles are likely to be wanted again.</returns>
    internal bool AreWorthKeeping(TileKey key)
    {
        int hash = key.GetHashCode() is not 0 and var code ? code : 1; // 0 stands for nothing
        ref int slot = ref last[(uint)hash * 2654435761u >> 20];
        if (slot == hash)
            returned++;
        slot = hash;
        bool worth = returned > Math.Max(4, asked * Many);
        if (++asked >= Period)
            (asked, returned) = (asked / 2, returned / 2);
        return worth;
    }
}
