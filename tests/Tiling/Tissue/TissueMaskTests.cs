using Mhim.Tiling.Tissue;
using Xunit;

namespace Mhim.Tiling.Tests.Tissue;

public class TissueMaskTests
{
    static TissueMask Mask(double downsample, params string[] rows)
    {
        var (bits, width) = Picture.Bits(rows);
        return new TissueMask(width, rows.Length, downsample, downsample, bits);
    }

    static string Text(IEnumerable<SlidePoint> ring) => string.Join(" ", ring.Select(p => $"{p.X},{p.Y}"));

    [Fact]
    public void A_share_counts_fractions_of_mask_pixels()
    {
        var mask = Mask(10,
            "##..",
            "##..",
            "....",
            "...#");
        Assert.Equal(5 / 16.0, mask.TissueShare, 12);
        Assert.Equal(1, mask.ShareOf(0, 0, 20), 12);
        Assert.Equal(0.25, mask.ShareOf(10, 10, 20), 12);
        Assert.Equal(0.5 * 0.5, mask.ShareOf(15, 15, 10), 12);
        Assert.Equal(0.36, mask.ShareOf(14, 14, 10), 12);
        Assert.Equal(5 / 16.0, mask.ShareOf(0, 0, 40), 12);
    }

    [Fact]
    public void Outside_the_slide_there_is_no_tissue()
    {
        var mask = Mask(10, "##", "##");
        Assert.Equal(0.25, mask.ShareOf(-10, -10, 20), 12);
        Assert.Equal(0.25, mask.ShareOf(10, 10, 20), 12);
        Assert.Equal(0, mask.ShareOf(500, 500, 20), 12);
        Assert.Equal(0, mask.ShareOf(-50, 0, 20), 12);
    }

    [Fact]
    public void A_contour_keeps_its_hole_in_level_0_pixels()
    {
        var contours = Mask(2.4,
            "......",
            ".####.",
            ".#..#.",
            ".####.",
            "......").Contours();
        var contour = Assert.Single(contours);
        Assert.Equal("12,2 12,10 2,10 2,2", Text(contour.Outline));
        Assert.Equal("10,7 10,5 5,5 5,7", Text(Assert.Single(contour.Holes)));
    }

    [Fact]
    public void Pieces_that_touch_in_a_corner_are_two_polygons()
    {
        var contours = Mask(1,
            "#.",
            ".#").Contours();
        Assert.Equal(["1,0 1,1 0,1 0,0", "2,1 2,2 1,2 1,1"], contours.Select(c => Text(c.Outline)));
    }

    [Fact]
    public void A_ring_that_meets_itself_is_cut_into_an_outline_and_a_hole()
    {
        var contours = Mask(1,
            "###",
            "#.#",
            "##.").Contours();
        var contour = Assert.Single(contours);
        Assert.Equal(6, contour.Outline.Count);
        Assert.Equal(4, Assert.Single(contour.Holes).Count);
    }

    [Fact]
    public void Contours_enclose_exactly_the_pixels_of_the_mask_whatever_its_shape()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            int width = random.Next(1, 12), height = random.Next(1, 12);
            var bits = new byte[width * height];
            for (int i = 0; i < bits.Length; i++)
                bits[i] = (byte)(random.Next(100) < 55 ? 1 : 0);
            var mask = new TissueMask(width, height, 1, 1, bits);
            var rings = mask.Contours().SelectMany(c => c.Holes.Prepend(c.Outline)).ToList();
            Assert.All(rings, ring => Assert.Equal(ring.Count, ring.Distinct().Count()));
            Assert.Equal(bits.Sum(b => b), rings.Sum(Area));
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    Assert.Equal(mask[x, y], rings.Count(ring => Encloses(ring, x + 0.5, y + 0.5)) % 2 == 1);
        }
    }

    static long Area(IReadOnlyList<SlidePoint> ring)
    {
        long twice = 0;
        for (int i = 0; i < ring.Count; i++)
        {
            var (a, b) = (ring[i], ring[(i + 1) % ring.Count]);
            twice += a.X * b.Y - b.X * a.Y;
        }
        return twice / 2;
    }

    static bool Encloses(IReadOnlyList<SlidePoint> ring, double x, double y)
    {
        bool inside = false;
        for (int i = 0; i < ring.Count; i++)
        {
            var (a, b) = (ring[i], ring[(i + 1) % ring.Count]);
            if (a.X == b.X && a.Y > y != b.Y > y && a.X > x)
                inside = !inside;
        }
        return inside;
    }
}
