namespace Mhim.Tiling.Synthetic;

/// <summary>The ground that structures are drawn on: the pieces of tissue, where they are fatty, and how the collagen runs.</summary>
internal sealed class SyntheticTissue
{
    private const int Block = TruthMask.Downsample;
    private const float WarpMicrons = 45;

    private readonly SyntheticCanvas _canvas;
    private readonly SyntheticField _inside, _warpX, _warpY, _density;
    private readonly float _cos, _sin;

    public SyntheticTissue(SyntheticCanvas canvas, SyntheticRandom random)
    {
        _canvas = canvas;
        Columns = (canvas.Width + Block - 1) / Block;
        Rows = (canvas.Height + Block - 1) / Block;
        var blockMicrons = Block * canvas.Mpp;
        SyntheticField Noise(float microns) => SyntheticField.Noise(Columns + 1, Rows + 1, microns / blockMicrons, random);
        _warpX = Noise(260);
        _warpY = Noise(260);
        _density = Noise(500);
        Fat = Noise(620);
        Glandular = Noise(520);
        var direction = random.Between(0, MathF.PI);
        (_cos, _sin) = (MathF.Cos(direction), MathF.Sin(direction));
        FatThreshold = random.Between(0.30f, 0.65f);
        _inside = Pieces(random, Noise(90));
    }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>Above <see cref="FatThreshold"/> the tissue is fat.</summary>
    public SyntheticField Fat { get; }

    public float FatThreshold { get; }

    /// <summary>High where glands gather.</summary>
    public SyntheticField Glandular { get; }

    /// <summary>Depth in the tissue, in about 100 µm; below 0 is glass.</summary>
    public float Depth(float x, float y) => _inside.AtPixel(x, y);

    public bool IsFat(float x, float y) => Fat.AtPixel(x, y) > FatThreshold;

    /// <summary>A random place in the tissue at least <paramref name="depth"/> deep, or null after many misses.</summary>
    public (float X, float Y)? Place(SyntheticRandom random, float depth, bool inFat)
    {
        for (var attempt = 0; attempt < 400; attempt++)
        {
            float x = random.Between(0, _canvas.Width - 1), y = random.Between(0, _canvas.Height - 1);
            if (Depth(x, y) > depth && (inFat || !IsFat(x, y)))
                return (x, y);
        }
        return null;
    }

    /// <summary>Direction in which the collagen runs, radians.</summary>
    public float Direction(float x, float y)
    {
        // Along the fibres V does not change: at right angles to its gradient.
        var across = Along(x, y).V;
        return MathF.Atan2(across - Along(x + Block, y).V, Along(x, y + Block).V - across);
    }

    /// <summary>Draws glass and collagen everywhere.</summary>
    public void Draw()
    {
        var fibre = SyntheticTexture.Fibre;
        var chromatin = SyntheticTexture.Chromatin;
        const float texels = 1 / SyntheticTexture.MicronsPerTexel;
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                int left = column * Block, top = row * Block;
                if (MathF.Max(MathF.Max(_inside[column, row], _inside[column + 1, row]), MathF.Max(_inside[column, row + 1], _inside[column + 1, row + 1])) <= -0.1f)
                    continue;
                var corner = Along(left, top);
                var right = Along(left + Block, top);
                var below = Along(left, top + Block);
                var far = Along(left + Block, top + Block);
                var strength = 0.30f + 0.10f * _density[column, row];
                for (var y = top; y < Math.Min(top + Block, _canvas.Height); y++)
                {
                    var fy = (y - top) / (float)Block;
                    float u0 = float.Lerp(corner.U, below.U, fy), u1 = float.Lerp(right.U, far.U, fy);
                    float v0 = float.Lerp(corner.V, below.V, fy), v1 = float.Lerp(right.V, far.V, fy);
                    float d0 = float.Lerp(_inside[column, row], _inside[column, row + 1], fy);
                    float d1 = float.Lerp(_inside[column + 1, row], _inside[column + 1, row + 1], fy);
                    for (var x = left; x < Math.Min(left + Block, _canvas.Width); x++)
                    {
                        var fx = (x - left) / (float)Block;
                        int u = (int)(float.Lerp(u0, u1, fx) * texels), v = (int)(float.Lerp(v0, v1, fx) * texels);
                        var grain = fibre.At(u, v);
                        // The edge is frayed along the fibres.
                        var cover = Math.Clamp((float.Lerp(d0, d1, fx) + 0.03f * grain) * 40, 0, 1);
                        if (cover <= 0)
                            continue;
                        var eosin = strength * (0.9f + 0.45f * grain);
                        var at = y * _canvas.Width + x;
                        _canvas.E[at] = SyntheticCanvas.ToByte(cover * MathF.Max(eosin, 0.015f));
                        _canvas.H[at] = SyntheticCanvas.ToByte(cover * (0.045f + 0.02f * grain + 0.015f * chromatin.At(x >> 1, y >> 1)));
                    }
                }
            }
        }
    }

    /// <summary>Place in the collagen's own coordinates in µm: U along the fibres, V across.</summary>
    private (float U, float V) Along(float x, float y)
    {
        var px = x * _canvas.Mpp + WarpMicrons * _warpX.AtPixel(x, y);
        var py = y * _canvas.Mpp + WarpMicrons * _warpY.AtPixel(x, y);
        // Far from zero, so that the truncation to texels never mirrors at 0.
        return (px * _cos + py * _sin + 65536, py * _cos - px * _sin + 65536);
    }

    private SyntheticField Pieces(SyntheticRandom random, SyntheticField fray)
    {
        // Two or three side by side, as sections of one block come to lie, or four smaller ones.
        var count = 2 + random.Below(3);
        var (across, down) = count switch { 2 => (2, 1), 3 => (3, 1), _ => (2, 2) };
        float cellWidth = (float)_canvas.Width / across, cellHeight = (float)_canvas.Height / down;
        var pieces = new List<SyntheticOutline>();
        for (var i = 0; i < count; i++)
        {
            var x = (i % across + 0.5f + random.Between(-0.05f, 0.05f)) * cellWidth;
            var y = (i / across + 0.5f + random.Between(-0.05f, 0.05f)) * cellHeight;
            var radius = MathF.Sqrt(cellWidth * cellHeight) * random.Between(0.40f, 0.46f);
            pieces.Add(new SyntheticOutline(x, y, radius, random.Between(1, 1.25f), 0.22f, random));
        }
        var margin = 100 / _canvas.Mpp;
        var field = new SyntheticField(Columns + 1, Rows + 1);
        for (var row = 0; row <= Rows; row++)
        {
            for (var column = 0; column <= Columns; column++)
            {
                float x = column * Block, y = row * Block;
                // Never cut by the edge of the slide.
                var edge = MathF.Min(MathF.Min(x, _canvas.Width - x), MathF.Min(y, _canvas.Height - y)) / margin - 0.6f;
                var best = -1f;
                foreach (var piece in pieces)
                {
                    float dx = x - piece.X, dy = y - piece.Y;
                    var depth = (piece.RadiusAt(MathF.Atan2(dy, dx)) - MathF.Sqrt(dx * dx + dy * dy)) / margin;
                    best = MathF.Max(best, depth);
                }
                field.Values[row * field.Columns + column] = MathF.Min(best, edge) + 0.25f * fray[column, row];
            }
        }
        return field;
    }
}
