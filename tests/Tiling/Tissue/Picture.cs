namespace Mhim.Tiling.Tests.Tissue;

/// <summary>Small masks drawn as text: <c>#</c> is tissue.</summary>
static class Picture
{
    internal static (byte[] Bits, int Width) Bits(params string[] rows) =>
        ([.. rows.SelectMany(row => row.Select(c => (byte)(c == '#' ? 1 : 0)))], rows[0].Length);

    internal static string[] Rows(byte[] bits, int width) =>
        [.. bits.Chunk(width).Select(row => new string([.. row.Select(bit => bit != 0 ? '#' : '.')]))];
}
