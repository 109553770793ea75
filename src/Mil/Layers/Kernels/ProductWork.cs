using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// result = start + factor·a·b in blocks that stay in the caches (Goto and van de Geijn 2008): parts of b, then of a, are laid out as panels in the order in which they are read, and 12 × 32
/// sums at a time stay in registers. Sums go along k in one order whoever does them, so results do not depend on the number of threads.
/// </summary>
internal static unsafe class ProductWork
{
    const int Rows = 12, Columns = 32, Depth = 512, BlockRows = 8 * Rows, BlockColumns = 32 * Columns;

    public delegate void Sharing(int pieces, long floats, Action<int, Scratch> piece);

    /// <param name="a">[m, k]</param>
    /// <param name="b">[k, n]</param>
    /// <param name="result">[m, n], columns beside one another.</param>
    /// <param name="bias">[n], what sums start from; null: zero.</param>
    /// <param name="size">m, k and n, none of them zero.</param>
    /// <param name="factor">Of the product.</param>
    /// <param name="add">Whether sums start from what is in the result.</param>
    /// <param name="share">How work is shared out.</param>
    /// <param name="symmetric">Whether the result is known to be, and what it starts from: then the tiles above the diagonal are left out and mirrored in the end.</param>
    public static void Run(Strided a, Strided b, Strided result, float* bias, (long M, long K, long N) size, float factor, bool add, Sharing share, bool symmetric = false)
    {
        var (m, k, n) = size;
        var width = Math.Min(BlockColumns, RoundUp(n, Columns));
        using var panels = new Scratch(width * Math.Min(Depth, k));
        for (long left = 0; left < n; left += width)
            for (long at = 0; at < k; at += Depth)
            {
                var (depth, columns) = (Math.Min(Depth, k - at), Math.Min(width, n - left));
                var ofB = panels.Floats;
                var (column, along, first) = (left, at, at == 0 && !add);
                share(Count(columns, Columns), 0, (panel, _) =>
                    Panel(b.T, column + (long)panel * Columns, n, along, depth, Columns, ofB + panel * Columns * depth));
                // Smaller blocks where there are few rows, for all threads to have some.
                var block = Math.Min(BlockRows, RoundUp((m + 7) / 8, Rows));
                share(Count(m, block), block * depth + Rows * Columns, (piece, scratch) =>
                {
                    var ofA = scratch.Floats;
                    var top = piece * block;
                    var bottom = Math.Min(m, top + block);
                    for (var row = top; row < bottom; row += Rows)
                        Panel(a, row, m, along, depth, Rows, ofA + (row - top) * depth);
                    for (long c = 0; c < columns; c += Columns)
                        for (var row = symmetric ? Math.Max(top, (column + c) / Rows * Rows) : top; row < bottom; row += Rows)
                            Tile(depth, ofA + (row - top) * depth, ofB + c * depth, result, first ? bias : null, !first, (row, column + c), (m, n), factor, ofA + block * depth);
                });
            }
        if (symmetric)
            share(Count(m, BlockRows), 0, (piece, _) => Mirror(result, (long)piece * BlockRows, Math.Min(m, (piece + 1L) * BlockRows), m));
    }

    /// <summary>Some rows, right of the diagonal, become what stands below it: read is only what nobody writes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Mirror(Strided result, long top, long bottom, long count)
    {
        for (var row = top; row < bottom; row += 4)
        {
            var column = row + 4;
            if (column <= bottom)
                for (; column + 4 <= count; column += 4)
                    Transpose(result.At(column, row), result.Row, result.At(row, column), result.Row);
            for (var r = row; r < Math.Min(bottom, row + 4); r++)
            {
                for (var c = r + 1; c < Math.Min(count, row + 4); c++)
                    *result.At(r, c) = *result.At(c, r);
                for (var c = column; c < count; c++)
                    *result.At(r, c) = *result.At(c, r);
            }
        }
    }

    /// <summary>Up to 12 × 32 numbers of the result.</summary>
    static void Tile(long depth, float* a, float* b, Strided result, float* bias, bool add, (long Row, long Column) at, (long M, long N) size, float factor, float* whole)
    {
        var into = result.At(at.Row, at.Column);
        var start = add ? into : bias is null ? null : bias + at.Column;
        var startRow = add ? result.Row : 0;
        var (rows, columns) = (Math.Min(Rows, size.M - at.Row), Math.Min(Columns, size.N - at.Column));
        if (rows == Rows && columns == Columns)
        {
            ProductTile.Run(depth, a, b, into, result.Row, start, startRow, factor);
            return;
        }
        ProductTile.Run(depth, a, b, whole, Columns, null, 0, factor);
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                into[r * result.Row + c] = whole[r * Columns + c] + (start is null ? 0 : start[r * startRow + c]);
    }

    /// <summary>Lays out up to <paramref name="width"/> rows beside one another, column after column; zeros where there is no row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Panel(Strided from, long row, long rows, long column, long depth, int width, float* to)
    {
        var count = (int)Math.Min(width, rows - row);
        var source = from.At(row, column);
        if (count < width)
        {
            new Span<float>(to, checked((int)(width * depth))).Clear();
            for (long p = 0; p < depth; p++)
                for (var i = 0; i < count; i++)
                    to[p * width + i] = source[i * from.Row + p * from.Column];
        }
        else if (from.Row == 1)
            for (long p = 0; p < depth; p++)
                for (var i = 0; i < width; i += 4)
                    Vector128.Load(source + p * from.Column + i).Store(to + p * width + i);
        else
        {
            var squares = from.Column == 1 ? depth / 4 * 4 : 0;
            for (var i = 0; i < width; i += 4)
                for (long p = 0; p < squares; p += 4)
                    Transpose(source + i * from.Row + p, from.Row, to + p * width + i, width);
            for (var p = squares; p < depth; p++)
                for (var i = 0; i < width; i++)
                    to[p * width + i] = source[i * from.Row + p * from.Column];
        }
    }

    /// <summary>4 × 4 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose(float* from, long row, float* to, long width)
    {
        var (a, b, c, d) = Square.Transposed(Vector128.Load(from), Vector128.Load(from + row), Vector128.Load(from + 2 * row), Vector128.Load(from + 3 * row));
        a.Store(to);
        b.Store(to + width);
        c.Store(to + 2 * width);
        d.Store(to + 3 * width);
    }

    static long RoundUp(long count, int to) => (count + to - 1) / to * to;

    static int Count(long of, long size) => checked((int)((of + size - 1) / size));
}
