namespace Mhim.Tiling.Synthetic;

/// <summary>Draws one planned slide: the tissue, what every tissue has, and the tumour where the label says so.</summary>
internal sealed class SyntheticDrawing
{
    // The tumour's share of the tissue that a positive slide aims at; always under 5%.
    private const float LeastShare = 0.018f, MostShare = 0.042f;

    private readonly SyntheticCanvas _canvas;
    private readonly SyntheticTissue _tissue;
    private readonly SyntheticStructures _structures;
    private readonly SyntheticRandom _random;

    private SyntheticDrawing(SyntheticSlide slide)
    {
        _random = new SyntheticRandom(slide.Seed);
        _canvas = new SyntheticCanvas(slide.Width, slide.Height, (float)slide.Mpp);
        _tissue = new SyntheticTissue(_canvas, _random);
        _structures = new SyntheticStructures(_canvas, _tissue, _random);
        Truth = new byte[_tissue.Columns * _tissue.Rows];
    }

    /// <summary>[height, width, 3] RGB.</summary>
    public byte[] Rgb { get; private set; } = [];

    /// <summary>[rows, columns] in the values of <see cref="TruthMask"/>.</summary>
    public byte[] Truth { get; }

    public int TruthColumns => _tissue.Columns;

    public static SyntheticDrawing Draw(SyntheticSlide slide)
    {
        var drawing = new SyntheticDrawing(slide);
        drawing._tissue.Draw();
        drawing._structures.Fat();
        drawing._structures.Vessels();
        drawing._structures.StromaCells();
        drawing._structures.Glands();
        drawing._structures.Lymphocytes();
        var tissue = drawing.MarkTissue();
        if (slide.Label == SyntheticCohort.Tumour)
            drawing.Tumour((int)(tissue * drawing._random.Between(LeastShare, MostShare)));
        drawing.Rgb = drawing._canvas.Develop(
            slide.Scanner, drawing._random.LogNormal(0.08f), drawing._random.LogNormal(0.10f), drawing._random);
        return drawing;
    }

    private int MarkTissue()
    {
        var count = 0;
        for (var block = 0; block < Truth.Length; block++)
        {
            var (x, y) = Middle(block);
            if (_tissue.Depth(x, y) <= 0)
                continue;
            Truth[block] = TruthMask.TissueValue;
            count++;
        }
        return count;
    }

    /// <summary>One or two foci; nests around each until as many blocks are tumour as wanted.</summary>
    private void Tumour(int wanted)
    {
        var nuclearSize = _random.Between(0.96f, 1.12f);
        var foci = Enumerable.Range(0, 1 + _random.Below(2)).Select(_ => _tissue.Place(_random, 0.9f, inFat: false)).OfType<(float X, float Y)>().ToArray();
        var blockMicrons = TruthMask.Downsample * _canvas.Mpp;
        var marked = 0;
        var nests = new List<SyntheticOutline>();
        for (var attempt = 0; attempt < 600 && foci.Length > 0 && marked < wanted; attempt++)
        {
            var (focusX, focusY) = foci[attempt % foci.Length];
            // Wider scatter with each attempt: a focus grows outwards.
            var scatter = (60 + 1.5f * attempt) / _canvas.Mpp;
            float x = focusX + scatter * _random.Normal(), y = focusY + scatter * _random.Normal();
            if (_tissue.Depth(x, y) < 0.8f || _tissue.IsFat(x, y))
                continue;
            var room = MathF.Sqrt((wanted - marked) / MathF.PI) * blockMicrons;
            var radius = MathF.Min(_random.Between(45, 95), MathF.Max(room, 25));
            var nest = _structures.Outline(x, y, radius, _random.Between(1, 1.7f), 0.2f);
            // A strand of stroma stays between neighbours.
            if (nests.Any(other => MathF.Sqrt((other.X - x) * (other.X - x) + (other.Y - y) * (other.Y - y)) < 0.8f * (other.Reach + nest.Reach)))
                continue;
            nests.Add(nest);
            _structures.Nest(nest, nuclearSize);
            marked += MarkTumour(nest);
        }
    }

    private int MarkTumour(SyntheticOutline nest)
    {
        var count = 0;
        for (var block = 0; block < Truth.Length; block++)
        {
            var (x, y) = Middle(block);
            if (Truth[block] != TruthMask.TissueValue || MathF.Abs(x - nest.X) > nest.Reach || MathF.Abs(y - nest.Y) > nest.Reach || nest.Depth(x, y) > 1)
                continue;
            Truth[block] = TruthMask.TumourValue;
            count++;
        }
        return count;
    }

    private (float X, float Y) Middle(int block) =>
        ((block % TruthColumns + 0.5f) * TruthMask.Downsample, (block / TruthColumns + 0.5f) * TruthMask.Downsample);
}
