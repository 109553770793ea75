using Mhim.Features;

namespace Mhim.Tiling.Tissue;

/// <summary>What kind of picture a slide is: tissue finding and encoders are made for stained tissue in transmitted light.</summary>
public enum SlideLight
{
    /// <summary>Stained tissue on bright glass (or bright glass alone).</summary>
    Brightfield,

    /// <summary>Bright on black: fluorescence, dark field.</summary>
    Dark,

    /// <summary>There is something on bright glass, but nothing on it has colour.</summary>
    Unstained,
}

/// <summary>Recognises fluorescence and unstained slides.</summary>
internal static class SlideLights
{
    /// <summary>Levels up to this are black: not scanned, or no light.</summary>
    const int Black = 8;

    /// <summary>Brightfield's typical pixel, stained ever so darkly, is brighter than this; fluorescence's is not.</summary>
    const int Dim = 70;

    /// <summary>Spread of optical density between the channels from which a pixel has colour; a tinted lamp is taken out before.</summary>
    const double Coloured = 0.05;

    /// <summary>Mean optical density from which a pixel is something rather than glass.</summary>
    const double Something = 0.03;

    internal static SlideLight Of(SlideOverview overview)
    {
        long lit = 0, dim = 0;
        for (int i = 0; i < overview.Inside.Length; i++)
        {
            if (overview.Inside[i] == 0)
                continue;
            int sum = overview.Rgb[3 * i] + overview.Rgb[3 * i + 1] + overview.Rgb[3 * i + 2];
            int brightest = Math.Max(overview.Rgb[3 * i], Math.Max(overview.Rgb[3 * i + 1], overview.Rgb[3 * i + 2]));
            lit += brightest > Black ? 1 : 0;
            dim += brightest > Black && sum < 3 * Dim ? 1 : 0;
        }
        if (2 * dim >= lit)
            return SlideLight.Dark;

        var white = ArtefactFinder.WhiteOf(overview);
        long coloured = 0, something = 0, inside = 0;
        for (int i = 0; i < overview.Inside.Length; i++)
        {
            if (overview.Inside[i] == 0)
                continue;
            inside++;
            double least = double.MaxValue, most = 0, sum = 0;
            for (int channel = 0; channel < 3; channel++)
            {
                double density = Math.Log10(white[channel] / (double)Math.Max((int)overview.Rgb[3 * i + channel], 1));
                (least, most, sum) = (Math.Min(least, density), Math.Max(most, density), sum + density);
            }
            coloured += most - least > Coloured ? 1 : 0;
            something += sum > 3 * Something ? 1 : 0;
        }
        return coloured * 2000 < inside && something * 100 > inside ? SlideLight.Unstained : SlideLight.Brightfield;
    }

    /// <summary>Refuses what is no stained brightfield.</summary>
    /// <exception cref="InputException"><c>not-brightfield</c>, <c>not-stained</c>.</exception>
    internal static void Require(SlideLight light, string path)
    {
        if (light == SlideLight.Dark)
            throw new InputException("not-brightfield",
                $"'{path}' is bright on black, fluorescence or dark field, not stained tissue on bright glass, and features of it would mean nothing to a model of stained slides; to use it all the same, say --any-stain.");
        if (light == SlideLight.Unstained)
            throw new InputException("not-stained",
                $"'{path}' has something on it, but nothing coloured: it is not stained, and features of it would mean nothing to a model of stained slides; to use it all the same, say --any-stain.");
    }

    /// <summary>
    /// How far each pixel's brightness lies from the commonest one, the background's: what tissue is found by where there is no stain. Spread over
    /// the neighbourhood, because nuclei that shine alone stand for the tissue between them, and by its root, because few shine brightly.
    /// </summary>
    internal static byte[] Contrast(SlideOverview overview)
    {
        static int Brightness(SlideOverview of, int i) => (of.Rgb[3 * i] + of.Rgb[3 * i + 1] + of.Rgb[3 * i + 2] + 1) / 3;
        const int reach = 5;
        int width = overview.Width, height = overview.Height;
        var histogram = new long[256];
        for (int i = 0; i < overview.Inside.Length; i++)
            histogram[Brightness(overview, i)] += overview.Inside[i];
        int background = Array.IndexOf(histogram, histogram.Max());
        var contrast = new byte[overview.Inside.Length];
        Parallel.For(0, height, y =>
        {
            for (int x = 0; x < width; x++)
            {
                long sum = 0;
                int count = 0;
                for (int ny = Math.Max(0, y - reach); ny <= Math.Min(height - 1, y + reach); ny++)
                    for (int nx = Math.Max(0, x - reach); nx <= Math.Min(width - 1, x + reach); nx++)
                        if (overview.Inside[ny * width + nx] != 0)
                            (sum, count) = (sum + Math.Abs(Brightness(overview, ny * width + nx) - background), count + 1);
                contrast[y * width + x] = overview.Inside[y * width + x] == 0 ? (byte)0 : (byte)Math.Round(16 * Math.Sqrt(sum / (double)count) * (255 / 256.0));
            }
        });
        return contrast;
    }
}
