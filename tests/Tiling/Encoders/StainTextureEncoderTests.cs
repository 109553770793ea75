using Mhim.Features;
using Mhim.Tiling.Encoders;

namespace Mhim.Tiling.Tests.Encoders;

public class StainTextureEncoderTests
{
    private const int Side = 256;

    [Fact]
    public void The_catalog_opens_it_at_256_px_and_half_a_micrometre()
    {
        using var encoder = EncoderCatalog.Open("stain-texture");
        Assert.Equal(new EncoderInfo("stain-texture", 256, 0.5, 256), encoder.Info);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var refusal = Assert.Throws<InputException>(() => EncoderCatalog.Open("uni"));
        Assert.Equal("encoder-unknown", refusal.Code);
        Assert.Contains("stain-texture", refusal.Message);
    }

    [Theory]
    [InlineData("white", 256, 0.5)]
    [InlineData("black", 256, 0.5)]
    [InlineData("noise", 256, 0.5)]
    [InlineData("cells", 256, 0.5)]
    [InlineData("noise", 50, 4)]
    [InlineData("white", 32, 4)]
    [InlineData("noise", 33, 0.1)]
    [InlineData("cells", 512, 0.25)]
    public void Whatever_the_tile_shows_the_numbers_are_finite_and_small(string what, int side, double mpp)
    {
        var features = Encode(Tile(what, side), side, mpp);
        Assert.Equal(256, features.Length);
        Assert.All(features, value => Assert.InRange(value, -16f, 16f));
    }

    [Fact]
    public void A_tile_gives_the_same_bits_alone_in_a_batch_and_from_several_threads()
    {
        using var encoder = new StainTextureEncoder();
        string[] kinds = ["cells", "noise", "white"];
        var alone = kinds.Select(kind => Encode(Tile(kind, Side), Side, 0.5)).ToArray();
        var batch = new float[3 * 256];
        encoder.Encode(kinds.SelectMany(kind => Tile(kind, Side)).ToArray(), 3, batch);
        Assert.Equal(alone.SelectMany(row => row), batch);
        Parallel.For(0, 12, i =>
        {
            var row = new float[256];
            encoder.Encode(Tile(kinds[i % 3], Side), 1, row);
            Assert.Equal(alone[i % 3], row);
        });
    }

    [Fact]
    public void A_quarter_turn_changes_nothing_but_rounding()
    {
        var tile = Tile("spindles", Side);
        var turned = new byte[tile.Length];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                tile.AsSpan((y * Side + x) * 3, 3).CopyTo(turned.AsSpan((x * Side + Side - 1 - y) * 3));
        var (a, b) = (Encode(tile, Side, 0.5), Encode(turned, Side, 0.5));
        for (var i = 0; i < a.Length; i++)
            Assert.True(Math.Abs(a[i] - b[i]) < 0.01, $"feature {i}: {a[i]} and {b[i]}");
    }

    [Fact]
    public void Glass_has_no_nuclei_and_cells_are_counted_and_sized()
    {
        const int logDensity = 212, meanLogArea = 214;
        var glass = Encode(Tile("white", Side), Side, 0.5);
        Assert.Equal(0, glass[logDensity]);
        Assert.Equal(1, glass[11]); // Share of glass.
        // 8×8 discs with a radius of 10 px = 5 µm on 128 µm × 128 µm, 32 px apart.
        var cells = Encode(Tile("cells", Side), Side, 0.5);
        Assert.Equal(Math.Log(1 + 64 / 16.384), cells[logDensity], 0.02);
        Assert.Equal(Math.Log(1 + Math.PI * 25 / 10), cells[meanLogArea], 0.25);
    }

    [Fact]
    public void Too_short_a_span_is_refused()
    {
        using var encoder = new StainTextureEncoder(64, 0.5);
        Assert.Throws<ArgumentException>(() => encoder.Encode(new byte[64 * 64 * 3], 2, new float[512]));
        Assert.Throws<ArgumentException>(() => encoder.Encode(new byte[64 * 64 * 3], 1, new float[255]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StainTextureEncoder(31));
    }

    private static float[] Encode(byte[] tile, int side, double mpp)
    {
        using var encoder = new StainTextureEncoder(side, mpp);
        var features = new float[256];
        encoder.Encode(tile, 1, features);
        return features;
    }

    private static byte[] Tile(string what, int side)
    {
        var tile = new byte[side * side * 3];
        var random = new Random(5);
        for (var i = 0; i < side * side; i++)
        {
            var (dx, dy) = (i % side % 32 - 15.5, i / side % 32 - 15.5);
            var nucleus = dx * dx + dy * dy < 100;
            (byte R, byte G, byte B) pixel = what switch
            {
                "white" => (255, 255, 255),
                "black" => (0, 0, 0),
                // Long across, at uneven distances, on a slanting ground: looks different after every turn.
                "spindles" => (i % side + 9 * (i / side / 40)) % 47 < 23 && i / side % 40 < 9
                    ? ((byte)80, (byte)60, (byte)140) : ((byte)(225 - i / side / 4), (byte)(140 + i % side / 4), (byte)200),
                "noise" => ((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)),
                _ => nucleus ? ((byte)80, (byte)60, (byte)140) : ((byte)225, (byte)160, (byte)200),
            };
            (tile[3 * i], tile[3 * i + 1], tile[3 * i + 2]) = pixel;
        }
        return tile;
    }
}
