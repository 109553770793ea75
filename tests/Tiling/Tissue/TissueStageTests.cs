using Mhim.Tiling.Tissue;
using Xunit;

namespace Mhim.Tiling.Tests.Tissue;

public class TissueStageTests
{
    [Fact]
    public void A_median_takes_lone_pixels_away_and_keeps_edges()
    {
        byte[] pixels =
        [
            0, 0, 0, 90, 90,
            0, 9, 0, 90, 90,
            0, 0, 0, 90, 90,
            0, 0, 0, 90, 90,
        ];
        byte[] expected =
        [
            0, 0, 0, 90, 90,
            0, 0, 0, 90, 90,
            0, 0, 0, 90, 90,
            0, 0, 0, 90, 90,
        ];
        Assert.Equal(expected, MaskFilters.Median(pixels, 5, 3));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(11)]
    public void A_median_is_that_of_its_sorted_window(int size)
    {
        var random = new Random(size);
        const int width = 23, height = 9;
        var pixels = new byte[width * height];
        random.NextBytes(pixels);
        var median = MaskFilters.Median(pixels, width, size);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                var window = new List<byte>();
                for (int dy = -size / 2; dy <= size / 2; dy++)
                    for (int dx = -size / 2; dx <= size / 2; dx++)
                        window.Add(pixels[Math.Clamp(y + dy, 0, height - 1) * width + Math.Clamp(x + dx, 0, width - 1)]);
                window.Sort();
                Assert.Equal(window[size * size / 2], median[y * width + x]);
            }
    }

    [Fact]
    public void A_closing_of_4_fills_gaps_of_3_but_not_of_4_and_shifts_nothing()
    {
        var (bits, width) = Picture.Bits(
            "..............",
            ".##...##....#.",
            ".##...##....#.");
        Assert.Equal(
            [
                "..............",
                ".#######....#.",
                ".#######....#.",
            ], Picture.Rows(MaskFilters.Close(bits, width, 4), width));
    }

    [Fact]
    public void A_closing_of_1_changes_nothing() =>
        Assert.Equal([1, 0, 1], MaskFilters.Close([1, 0, 1], 3, 1));

    [Fact]
    public void A_closing_keeps_every_pixel_that_was_set()
    {
        var random = new Random(3);
        for (int size = 2; size <= 6; size++)
        {
            var bits = new byte[17 * 13];
            for (int i = 0; i < bits.Length; i++)
                bits[i] = (byte)(random.Next(4) == 0 ? 1 : 0);
            var closed = MaskFilters.Close(bits, 17, size);
            Assert.All(bits.Zip(closed), pair => Assert.True(pair.Second >= pair.First));
            Assert.Equal(closed, MaskFilters.Close(closed, 17, size)); // closing twice is closing once, at borders too
        }
    }

    [Fact]
    public void Otsu_parts_two_heaps()
    {
        var histogram = new long[256];
        (histogram[3], histogram[5], histogram[80], histogram[90]) = (500, 300, 60, 40);
        Assert.InRange(MaskFilters.Otsu(histogram), 5, 79);
        Assert.Equal(0, MaskFilters.Otsu(new long[256]));
    }

    [Fact]
    public void Small_pieces_are_dropped_and_corners_join()
    {
        var (bits, width) = Picture.Bits(
            "##....",
            "..#..#",
            "...#..",
            "#.....");
        Assert.Equal((3, 2), TissuePieces.DropSmall(bits, width, 3));
        Assert.Equal(["##....", "..#...", "...#..", "......"], Picture.Rows(bits, width));
    }

    [Fact]
    public void Small_holes_are_filled_and_large_ones_stay_open()
    {
        var (bits, width) = Picture.Bits(
            "#########",
            "#.##..###",
            "####..#.#",
            "#######.#",
            "#########");
        Assert.Equal(1, TissuePieces.FillHoles(bits, width, 1, 8));
        Assert.Equal(["#########", "####..###", "####..#.#", "#######.#", "#########"], Picture.Rows(bits, width));
    }

    [Fact]
    public void Only_the_largest_holes_of_each_piece_stay_open()
    {
        var (bits, width) = Picture.Bits(
            "########.###",
            "#..#.#.#.#.#",
            "########.###");
        Assert.Equal(2, TissuePieces.FillHoles(bits, width, 0, 1));
        Assert.Equal(["########.###", "#..#####.#.#", "########.###"], Picture.Rows(bits, width));
    }

    [Fact]
    public void A_bay_that_reaches_the_border_is_no_hole()
    {
        var (bits, width) = Picture.Bits(
            "#.#",
            "#.#",
            "###");
        Assert.Equal(0, TissuePieces.FillHoles(bits, width, 9, 0));
        Assert.Equal(["#.#", "#.#", "###"], Picture.Rows(bits, width));
    }
}
