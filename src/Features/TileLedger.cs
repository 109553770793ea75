namespace Mhim.Features;

/// <summary>What became of a place of the tile grid.</summary>
public enum TileFate : byte
{
    /// <summary>Read: it has a row of features.</summary>
    Read,

    /// <summary>Too little tissue.</summary>
    NoTissue,

    /// <summary>Pen marks.</summary>
    Pen,

    /// <summary>Edges of glass, rims of bubbles, shadows.</summary>
    DarkEdge,

    /// <summary>Out of focus.</summary>
    Blur,

    /// <summary>The file is damaged here.</summary>
    Unreadable,
}

/// <summary>What became of every place of a slide's tile grid: nothing is left out in silence. Immutable by convention.</summary>
public sealed class TileLedger
{
    static readonly TileFate[] Kinds = Enum.GetValues<TileFate>();

    /// <summary>Makes a ledger.</summary>
    /// <param name="columns">Places in a row, 0 or more.</param>
    /// <param name="rows">Rows, 0 or more.</param>
    /// <param name="fates">[rows · columns], row by row; the n-th that is <see cref="TileFate.Read"/> is tile n.</param>
    /// <param name="outside">Places on the rest of the slide, where nothing was scanned or a tile does not fit.</param>
    /// <exception cref="ArgumentException">The number of fates is not columns · rows.</exception>
    public TileLedger(int columns, int rows, TileFate[] fates, long outside)
    {
        if (fates.Length != (long)columns * rows)
            throw new ArgumentException($"{fates.Length} fates for {columns}×{rows} places.", nameof(fates));
        (Columns, Rows, Fates, Outside) = (columns, rows, fates, outside);
    }

    /// <summary>Places in a row.</summary>
    public int Columns { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>[Rows · Columns], row by row from the top left.</summary>
    public TileFate[] Fates { get; }

    /// <summary>Places where nothing was scanned or a tile does not fit.</summary>
    public long Outside { get; }

    /// <summary>How many places had this fate.</summary>
    public long Count(TileFate fate) => Fates.LongCount(f => f == fate);

    /// <summary>How many places had each fate, by its word: read, no-tissue, pen, dark-edge, blur, unreadable, outside; in this order.</summary>
    public IReadOnlyDictionary<string, long> Counts()
    {
        var counts = Kinds.ToDictionary(WordOf, Count);
        counts["outside"] = Outside;
        return counts;
    }

    /// <summary>A fate's word in files and answers, such as <c>no-tissue</c>.</summary>
    public static string WordOf(TileFate fate) => fate switch
    {
        TileFate.Read => "read",
        TileFate.NoTissue => "no-tissue",
        TileFate.Pen => "pen",
        TileFate.DarkEdge => "dark-edge",
        TileFate.Blur => "blur",
        _ => "unreadable",
    };

    /// <summary>The ledger after some tiles turned out not to be usable.</summary>
    /// <param name="tiles">One per place that is <see cref="TileFate.Read"/>, in order.</param>
    /// <exception cref="ArgumentException">Another number of tiles.</exception>
    public TileLedger After(ReadOnlySpan<TileFate> tiles)
    {
        if (tiles.Length != Count(TileFate.Read))
            throw new ArgumentException($"{tiles.Length} fates for {Count(TileFate.Read)} tiles.", nameof(tiles));
        var fates = (TileFate[])Fates.Clone();
        int next = 0;
        for (int i = 0; i < fates.Length; i++)
            if (fates[i] == TileFate.Read)
                fates[i] = tiles[next++];
        return new TileLedger(Columns, Rows, fates, Outside);
    }
}
