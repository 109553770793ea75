using Mhim.Tiling.Encoders.Onnx;

namespace Mhim.Tiling.Tests.Encoders.Onnx;

public sealed class TileResizerTests
{
    // What Pillow 9.4 gives for the same picture: row 1 in red, row 2 in green, the last column in blue.
    [Theory]
    [InlineData(4, "Bilinear", "159 122 105 106", "53 117 99 168", "181 134 108 19")]
    [InlineData(4, "Bicubic", "173 122 95 100", "50 121 95 171", "188 140 113 5")]
    [InlineData(9, "Bilinear", "49 70 97 124 152 157 99 106 126", "15 30 59 116 76 54 189 226 228", "200 180 137 47 132 207 73 20 0")]
    [InlineData(9, "Bicubic", "39 56 90 128 167 169 93 100 127", "13 24 57 127 68 38 197 238 228", "206 190 134 13 136 243 74 8 0")]
    public void Tiles_are_resized_as_Pillow_does(int to, string filter, string red, string green, string blue)
    {
        const int from = 6;
        var tile = new byte[from * from * 3];
        for (var y = 0; y < from; y++)
            for (var x = 0; x < from; x++)
            {
                var at = (y * from + x) * 3;
                (tile[at], tile[at + 1], tile[at + 2]) = ((byte)(x * 41 + y * 97), (byte)(x * x * 29 + y * 13), (byte)((x ^ y) * 40));
            }
        var resized = new byte[to * to * 3];
        new TileResizer(from, to, Enum.Parse<Interpolation>(filter)).Resize(tile, new byte[from * to * 3], resized);
        Near(red, i => resized[(1 * to + i) * 3]);
        Near(green, i => resized[(2 * to + i) * 3 + 1]);
        Near(blue, i => resized[(i * to + to - 1) * 3 + 2]);

        void Near(string expected, Func<int, byte> at)
        {
            var values = expected.Split(' ').Select(int.Parse).ToArray();
            for (var i = 0; i < to; i++)
                Assert.InRange(at(i), values[i] - 1, values[i] + 1);
        }
    }
}
