namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// How the rows of a matrix lie on a grid, row by row of it. Places after the last one are filled up with the first ones again as far as
/// <paramref name="Filled"/>, and with zeros after that; so is what surrounds the grid.
/// </summary>
/// <param name="Rows">Of the grid.</param>
/// <param name="Columns">Of the grid.</param>
/// <param name="Count">Rows of the matrix, each at its place.</param>
/// <param name="Filled">Places that are not zero: at most two times <paramref name="Count"/>, at most Rows × Columns.</param>
internal readonly record struct Grid(int Rows, int Columns, int Count, int Filled)
{
    /// <summary>A sequence, each row beside the next.</summary>
    public static Grid Line(long count) => checked(new(1, (int)count, (int)count, (int)count));

    /// <summary>A square of side ⌈√count⌉, filled up with the first rows; smaller ones with zeros up to the least side.</summary>
    /// <remarks>The rows of a smaller one follow one another all the same, without regard to its side.</remarks>
    public static Grid Square(long count, int least)
    {
        var side = checked((int)Math.Ceiling(Math.Sqrt(count)));
        return new(Math.Max(side, least), Math.Max(side, least), (int)count, side * side);
    }

    /// <summary>The matrix's row at a place; −1: zero.</summary>
    public int At(int place) => place >= Filled ? -1 : place < Count ? place : place - Count;

    public bool IsValid => Rows > 0 && Columns > 0 && Count > 0 && Filled >= Count && Filled <= 2L * Count && Filled <= (long)Rows * Columns;
}
