namespace Mhim.Tiling.Synthetic;

/// <summary>What every tissue has, with or without tumour: fat, vessels, stroma cells, glands, lymphocytes. Sizes in µm.</summary>
internal sealed class SyntheticStructures(SyntheticCanvas canvas, SyntheticTissue tissue, SyntheticRandom random)
{
    private const float HexRow = 0.866f;

    /// <summary>Fat cells: empty polygons that nearly touch.</summary>
    public void Fat()
    {
        const float spacing = 62;
        foreach (var (x, y) in Lattice(0, 0, canvas.Width, canvas.Height, spacing, 0.14f))
            if (tissue.Depth(x, y) > 0.25f && tissue.Fat.AtPixel(x, y) > tissue.FatThreshold + random.Between(-0.03f, 0.03f))
                canvas.Fill(Outline(x, y, spacing * random.Between(0.42f, 0.53f), random.Between(1, 1.3f), 0.06f), 1, 0, 0.004f);
    }

    /// <summary>Small vessels: a wall, plasma and red cells.</summary>
    public void Vessels()
    {
        for (var i = random.Below(6) + 3; i > 0; i--)
        {
            if (tissue.Place(random, 0.5f, inFat: false) is not var (x, y))
                continue;
            var radius = random.Between(12, 34);
            var wall = Outline(x, y, radius, random.Between(1, 2), 0.1f);
            canvas.Fill(wall, 1, 0.06f, 0.42f, 0.9f, 0.1f);
            canvas.Fill(wall, 0.68f, 0.0f, 0.03f);
            foreach (var (cx, cy) in Lattice(x - wall.Reach, y - wall.Reach, x + wall.Reach, y + wall.Reach, 6.2f, 0.25f))
                if (wall.Depth(cx, cy) < 0.6f && random.Chance(0.75f))
                    canvas.Fill(Outline(cx, cy, 3, 1.1f, 0.03f), 1, 0, 0.62f, 0.95f);
            Ring(wall, 0.82f, 11, (_, angle) => SyntheticNucleus.Fibroblast(angle + MathF.PI / 2, random));
        }
    }

    /// <summary>Spindle cells along the collagen, a few round ones between.</summary>
    public void StromaCells()
    {
        var squareMillimetres = canvas.Width * canvas.Mpp * canvas.Height * canvas.Mpp * 1e-6f;
        var perSquareMillimetre = random.Between(800, 1500);
        for (var i = (int)(squareMillimetres * perSquareMillimetre); i > 0; i--)
        {
            float x = random.Between(0, canvas.Width - 1), y = random.Between(0, canvas.Height - 1);
            if (tissue.Depth(x, y) < 0.05f || (tissue.IsFat(x, y) && random.Chance(0.8f)))
                continue;
            var kind = random.Unit();
            var nucleus = kind < 0.68f ? SyntheticNucleus.Fibroblast(tissue.Direction(x, y), random)
                : kind < 0.88f ? SyntheticNucleus.Oval(random) : SyntheticNucleus.Lymphocyte(random);
            nucleus.Draw(canvas, x, y, random);
        }
    }

    /// <summary>Glands in lobules: epithelium around a lumen; some solid, some with enlarged (reactive) nuclei.</summary>
    public void Glands()
    {
        var threshold = random.Between(0.05f, 0.4f);
        foreach (var (x, y) in Lattice(0, 0, canvas.Width, canvas.Height, random.Between(95, 125), 0.2f))
            if (tissue.Depth(x, y) > 0.5f && !tissue.IsFat(x, y) && tissue.Glandular.AtPixel(x, y) > threshold && random.Chance(0.85f))
                Gland(x, y);
    }

    private void Gland(float x, float y)
    {
        var radius = random.Between(25, 46);
        var size = random.Chance(0.15f) ? 1.2f : random.Between(0.92f, 1.05f);
        var solid = random.Chance(0.12f);
        var gland = Outline(x, y, radius, random.Between(1, 1.7f), 0.12f);
        canvas.Fill(gland, 1.1f, 0.03f, 0.40f, 0.55f);
        canvas.Fill(gland, 1, 0.10f, 0.24f, 0.95f, 0.25f);
        if (!solid)
        {
            var lumen = MathF.Max(0.2f, 1 - random.Between(15, 19) / radius);
            canvas.Fill(gland, lumen, 0.005f, random.Chance(0.3f) ? 0.13f : 0.01f, 1, 0.3f);
        }
        Ring(gland, 1 - 6.5f / radius, 6.4f, (_, angle) => SyntheticNucleus.Epithelial(angle, size, random));
        if (solid)
            Crowd(gland, 0.72f, 9.5f, () => SyntheticNucleus.Epithelial(random.Between(0, 3.15f), size, random));
        else if (random.Chance(0.35f))
            Ring(gland, 1 - 12.5f / radius, 8.5f, (_, angle) => SyntheticNucleus.Epithelial(angle, size, random));
    }

    /// <summary>Follicles and infiltrates: denser and darker than any tumour, but small and round.</summary>
    public void Lymphocytes()
    {
        for (var i = random.Below(6) + 1; i > 0; i--)
        {
            var radius = random.Between(40, 115);
            if (tissue.Place(random, 1.3f * radius / 100, inFat: true) is not var (x, y))
                continue;
            var cluster = Outline(x, y, radius, random.Between(1, 2.2f), 0.25f);
            canvas.Fill(cluster, 1, 0.08f, 0.14f, 0.6f, 0.3f);
            Crowd(cluster, 1, random.Between(7, 8.2f), () => SyntheticNucleus.Lymphocyte(random));
        }
    }

    /// <summary>One tumour nest: crowded, large, dark, irregular nuclei in purplish cytoplasm, here and there with a cleft around.</summary>
    public void Nest(SyntheticOutline nest, float nuclearSize)
    {
        if (random.Chance(0.4f))
            canvas.Fill(nest, 1 + 4 / (nest.Reach * canvas.Mpp), 0.01f, 0.04f, 0.8f);
        canvas.Fill(nest, 1, 0.15f, 0.27f, 0.95f, 0.3f);
        Crowd(nest, 0.94f, 11.8f * nuclearSize, () => SyntheticNucleus.Malignant(nuclearSize, random));
    }

    /// <summary>Makes an outline at a pixel with a mean radius in µm.</summary>
    public SyntheticOutline Outline(float x, float y, float radius, float elongation, float bumps) =>
        new(x, y, radius / canvas.Mpp, elongation, bumps, random);

    private void Crowd(SyntheticOutline area, float share, float spacing, Func<SyntheticNucleus> nucleus)
    {
        foreach (var (x, y) in Lattice(area.X - area.Reach, area.Y - area.Reach, area.X + area.Reach, area.Y + area.Reach, spacing, 0.19f))
            if (area.Depth(x, y) < share && tissue.Depth(x, y) > 0 && random.Chance(0.93f))
                nucleus().Draw(canvas, x, y, random);
    }

    private void Ring(SyntheticOutline outline, float share, float spacing, Func<float, float, SyntheticNucleus> nucleus)
    {
        var count = (int)(2 * MathF.PI * outline.RadiusAt(0.8f) * share * canvas.Mpp / spacing);
        for (var i = 0; i < count; i++)
        {
            var angle = 2 * MathF.PI * (i + random.Between(-0.2f, 0.2f)) / count;
            var radius = outline.RadiusAt(angle) * share * random.Between(0.96f, 1.04f);
            nucleus(radius, angle).Draw(canvas, outline.X + radius * MathF.Cos(angle), outline.Y + radius * MathF.Sin(angle), random);
        }
    }

    /// <summary>A shaken hexagonal lattice over a rectangle of pixels; spacing in µm.</summary>
    private IEnumerable<(float X, float Y)> Lattice(float left, float top, float right, float bottom, float spacing, float jitter)
    {
        var step = spacing / canvas.Mpp;
        var odd = false;
        for (var y = top; y < bottom; y += step * HexRow, odd = !odd)
            for (var x = left + (odd ? step / 2 : 0); x < right; x += step)
                yield return (x + jitter * step * random.Normal(), y + jitter * step * random.Normal());
    }
}
