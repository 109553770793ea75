namespace Mhim.Tiling.Tissue;

/// <summary>
/// Finds pen marks and dark edges on an overview. Certain pixels first; each mark then grows into the fading pixels that touch it (the rim of
/// a mark is out of focus, tissue shines through it); what is smaller than a mark can be is dropped, so that neither nuclei nor vessels full of
/// blood nor grains of pigment count; in the end marks get a narrow rim.
/// </summary>
internal static class ArtefactFinder
{
    /// <summary>No pen writes smaller than this, in µm²: a third of a millimetre square.</summary>
    internal const double SmallestMark = 100_000;

    /// <summary>Width of the rim in µm.</summary>
    internal const double Rim = 30;

    /// <summary>How far from what is ink by its colour a doubtful pixel may lie, in µm: about the width of a pen's stroke.</summary>
    internal const double Reach = 300;

    /// <summary>A mark begins where this many µm² together are certain; a few red cells would else grow into red stroma.</summary>
    internal const double SmallestSeed = 20_000;

    static readonly Artefact[] Order = [Artefact.BluePen, Artefact.GreenPen, Artefact.RedPen, Artefact.BlackPen, Artefact.DarkEdge];

    /// <summary>Finds them.</summary>
    /// <param name="overview">The slide.</param>
    /// <param name="micrometres">Side of a pixel of the overview, µm.</param>
    /// <returns>[height · width], one <see cref="Artefact"/> per pixel.</returns>
    internal static byte[] Find(SlideOverview overview, double micrometres)
    {
        var colours = ColoursOf(overview);
        var found = new byte[overview.Inside.Length];
        double smallest = SmallestMark / (micrometres * micrometres);
        int reach = Math.Clamp((int)Math.Round(Reach / micrometres), 1, 200);
        foreach (var kind in Order)
        {
            var marks = Grow(colours, Seeds(colours, found, overview.Width, kind, SmallestSeed / (micrometres * micrometres)), found, overview, kind, reach);
            var parts = ConnectedComponents.Find(marks, overview.Width, of: true, diagonal: true);
            var along = kind == Artefact.BlackPen ? LieAlongTheBorder(parts, overview.Width) : new bool[parts.Count];
            for (int i = 0; i < marks.Length; i++)
                if (parts.Labels[i] is >= 0 and var part && parts.Areas[part] >= smallest)
                    found[i] = (byte)(along[part] ? Artefact.DarkEdge : kind);
        }
        return Widened(found, overview, Math.Clamp((int)Math.Round(Rim / micrometres), 1, 4));
    }

    /// <summary>Brightest level of each channel where light passes freely: the 99th percentile, at least 200 (a slide may be all tissue).</summary>
    internal static byte[] WhiteOf(SlideOverview overview)
    {
        var white = new byte[3];
        long total = overview.Inside.LongCount(inside => inside != 0);
        for (int channel = 0; channel < 3; channel++)
        {
            var histogram = new long[256];
            for (int i = 0; i < overview.Inside.Length; i++)
                histogram[overview.Rgb[3 * i + channel]] += overview.Inside[i];
            long above = 0;
            int level = 255;
            while (level > 200 && (above += histogram[level]) < total / 100)
                level--;
            white[channel] = (byte)level;
        }
        return white;
    }

    static InkColour[] ColoursOf(SlideOverview overview)
    {
        var white = WhiteOf(overview);
        var density = new float[3][];
        for (int channel = 0; channel < 3; channel++)
            density[channel] = [.. Enumerable.Range(0, 256).Select(level => (float)Math.Max(0, Math.Log10(white[channel] / (double)Math.Max(level, 1))))];
        var colours = new InkColour[overview.Inside.Length];
        for (int i = 0; i < colours.Length; i++)
            if (overview.Inside[i] != 0)
                colours[i] = new InkColour(density[0][overview.Rgb[3 * i]], density[1][overview.Rgb[3 * i + 1]], density[2][overview.Rgb[3 * i + 2]]);
        return colours;
    }

    static byte[] Seeds(InkColour[] colours, byte[] found, int width, Artefact kind, double smallest)
    {
        var seeds = new byte[colours.Length];
        for (int i = 0; i < seeds.Length; i++)
            seeds[i] = found[i] == 0 && colours[i].Certain() == kind ? (byte)1 : (byte)0;
        TissuePieces.DropSmall(seeds, width, smallest * 0.999);
        return seeds;
    }

    // doubt: 0 is not taken, otherwise 1 + steps since the last pixel that is ink by its colour.
    // Level by level, so that a doubtful pixel is reached on the shortest way from an ink's own.
    static byte[] Grow(InkColour[] colours, byte[] doubt, byte[] found, SlideOverview overview, Artefact kind, int reach)
    {
        int width = overview.Width, height = overview.Height;
        var edge = new Queue<int>();
        for (int i = 0; i < doubt.Length; i++)
            if (doubt[i] != 0)
                edge.Enqueue(i);
        while (edge.TryDequeue(out int at))
        {
            int x = at % width, y = at / width;
            if (x > 0)
                Take(at - 1, doubt[at]);
            if (x < width - 1)
                Take(at + 1, doubt[at]);
            if (y > 0)
                Take(at - width, doubt[at]);
            if (y < height - 1)
                Take(at + width, doubt[at]);
        }
        return doubt;

        void Take(int next, byte from)
        {
            if (found[next] != 0 || overview.Inside[next] == 0 || doubt[next] == 1)
                return;
            byte then = colours[next].Fades(kind) ? (byte)1 : from <= reach && colours[next].MayBe(kind) ? (byte)(from + 1) : (byte)0;
            if (then == 0 || doubt[next] != 0 && doubt[next] <= then)
                return;
            doubt[next] = then;
            edge.Enqueue(next);
        }
    }

    // A black strip along the border is the edge of something; a stroke that runs off the picture touches the border with its width alone.
    static bool[] LieAlongTheBorder(ConnectedComponents parts, int width)
    {
        int height = parts.Labels.Length / width;
        var contact = new long[parts.Count];
        void Touch(int at)
        {
            if (parts.Labels[at] >= 0)
                contact[parts.Labels[at]]++;
        }
        for (int x = 0; x < width; x++)
        {
            Touch(x);
            Touch((height - 1) * width + x);
        }
        for (int y = 1; y < height - 1; y++)
        {
            Touch(y * width);
            Touch(y * width + width - 1);
        }
        return [.. contact.Select((length, part) => length * length > parts.Areas[part])];
    }

    static byte[] Widened(byte[] found, SlideOverview overview, int steps)
    {
        int width = overview.Width, height = overview.Height;
        for (int step = 0; step < steps; step++)
        {
            var wider = (byte[])found.Clone();
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    int at = y * width + x;
                    if (found[at] != 0 || overview.Inside[at] == 0)
                        continue;
                    wider[at] = x > 0 && found[at - 1] != 0 ? found[at - 1]
                        : x < width - 1 && found[at + 1] != 0 ? found[at + 1]
                        : y > 0 && found[at - width] != 0 ? found[at - width]
                        : y < height - 1 ? found[at + width] : (byte)0;
                }
            found = wider;
        }
        return found;
    }
}
