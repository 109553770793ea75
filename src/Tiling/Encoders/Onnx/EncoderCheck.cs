using System.Diagnostics;
using Mhim.Features;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>What a check of an encoder found.</summary>
/// <param name="Info">What the encoder wants and gives.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="MsPerTile">Milliseconds a tile, in batches of <see cref="EncoderCheck.Batch"/>, with the threads of the options.</param>
/// <param name="MsAlone">Milliseconds of a tile by itself.</param>
/// <param name="BatchDifference">The largest difference that order, company or padding made to a number, over the vector's largest number (at least 1).</param>
/// <param name="ReferenceDifference">Distance of the test picture's first numbers to those of the card, over their length; null where the card has none.</param>
/// <param name="ReferenceHint">What would make the reference fit, or null.</param>
/// <param name="TilesDiffer">Whether different tiles get different vectors.</param>
/// <param name="First">The first numbers of the test picture's vector, 16 at most.</param>
public sealed record EncoderCheckResult(
    EncoderInfo Info, string Device, double MsPerTile, double MsAlone, double BatchDifference, double? ReferenceDifference, string? ReferenceHint, bool TilesDiffer, float[] First)
{
    /// <summary>Whether all is as it must be.</summary>
    public bool Fits => Problem is null;

    /// <summary>What is not as it must be: one sentence, or null.</summary>
    public string? Problem =>
        BatchDifference > EncoderCheck.BatchTolerance ? $"With encoder `{Info.Id}` a tile's vector depends on the tiles beside it in the batch (difference {BatchDifference:0.0e+0}, {EncoderCheck.BatchTolerance:0.0e+0} is allowed); export the model in evaluation mode (model.eval())."
        : !TilesDiffer ? $"Encoder `{Info.Id}` gives every tile the same vector: the model, its output or its pooling is not what the card says."
        : ReferenceDifference > EncoderCheck.ReferenceTolerance ? $"Encoder `{Info.Id}` gives other numbers for the test picture than the card's \"reference\" (off by {ReferenceDifference:P0}){(ReferenceHint is null ? "; look at mean, std, channels, interpolation, pooling and output" : $"; they fit with {ReferenceHint}")}."
        : null;

    /// <summary>Refuses an encoder with a problem.</summary>
    /// <exception cref="InputException"><c>encoder-check</c>.</exception>
    public void Require()
    {
        if (Problem is { } problem)
            throw new InputException("encoder-check", problem);
    }
}

/// <summary>Encodes fixed pictures and looks at the vectors.</summary>
public static class EncoderCheck
{
    /// <summary>Tiles in a batch of the check.</summary>
    public const int Batch = 8;

    internal const double BatchTolerance = 1e-5;
    internal const double ReferenceTolerance = 0.01; // 16-bit exports and rounding when resizing stay below it

    /// <summary>Checks an encoder of the catalogue.</summary>
    /// <exception cref="InputException">It cannot be opened: see <see cref="EncoderCatalog.Open"/>.</exception>
    public static EncoderCheckResult Run(string id, EncoderOptions options)
    {
        using var encoder = EncoderCatalog.Open(id, options);
        return encoder is OnnxEncoder onnx
            ? Run(onnx, EncoderFolder.Card(id, options), EncoderFolder.ModelPath(EncoderFolder.Card(id, options), options), options)
            : Measure(encoder, "cpu");
    }

    internal static EncoderCheckResult Run(OnnxEncoder encoder, EncoderCard card, string modelPath, EncoderOptions options)
    {
        var result = Measure(encoder, encoder.Device);
        if (card.Reference is null)
            return result;
        var (difference, hint) = ReferenceCheck.Compare(card, encoder, modelPath, options);
        return result with { ReferenceDifference = difference, ReferenceHint = hint };
    }

    static EncoderCheckResult Measure(IPatchEncoder encoder, string device)
    {
        int side = encoder.Info.InputSize, bytes = side * side * 3, dim = encoder.Info.Dim;
        var tiles = new byte[Batch * bytes];
        TestPicture(side).CopyTo(tiles, 0);
        var random = new Random(1);
        for (var i = 1; i < Batch; i++)
        {
            // Turned colours and some grain: each tile another, none of them pure noise.
            var (shift, grain) = (random.Next(256), random.Next(1, 40));
            for (var p = 0; p < bytes; p++)
                tiles[i * bytes + p] = (byte)(tiles[(p + i * 3) % bytes] + shift + random.Next(grain));
        }
        var alone = new float[Batch * dim];
        encoder.Encode(tiles, 1, alone); // the first run also allocates
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Batch; i++)
            encoder.Encode(tiles.AsSpan(i * bytes, bytes), 1, alone.AsSpan(i * dim, dim));
        var msAlone = clock.Elapsed.TotalMilliseconds / Batch;

        var together = new float[Batch * dim];
        encoder.Encode(tiles, Batch, together);
        clock.Restart();
        encoder.Encode(tiles, Batch, together);
        var msTogether = clock.Elapsed.TotalMilliseconds / Batch;

        var turned = new byte[tiles.Length];
        for (var i = 0; i < Batch; i++)
            tiles.AsSpan(i * bytes, bytes).CopyTo(turned.AsSpan((Batch - 1 - i) * bytes));
        var backwards = new float[Batch * dim];
        encoder.Encode(turned, Batch, backwards);
        var padded = new float[Batch * dim]; // three tiles, then black ones
        Array.Clear(tiles, 3 * bytes, tiles.Length - 3 * bytes);
        encoder.Encode(tiles, Batch, padded);

        double worst = 0;
        for (var i = 0; i < Batch; i++)
        {
            var own = alone.AsSpan(i * dim, dim);
            worst = Math.Max(worst, Difference(own, together.AsSpan(i * dim, dim)));
            worst = Math.Max(worst, Difference(own, backwards.AsSpan((Batch - 1 - i) * dim, dim)));
            if (i < 3)
                worst = Math.Max(worst, Difference(own, padded.AsSpan(i * dim, dim)));
        }
        var differ = Enumerable.Range(1, Batch - 1).Any(i => Difference(alone.AsSpan(0, dim), alone.AsSpan(i * dim, dim)) > 1e-4);
        return new EncoderCheckResult(encoder.Info, device, msTogether, msAlone, worst, null, null, differ, alone[..Math.Min(16, dim)]);
    }

    static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double most = 0, scale = 1;
        for (var i = 0; i < a.Length; i++)
        {
            most = Math.Max(most, Math.Abs((double)a[i] - b[i]));
            scale = Math.Max(scale, Math.Abs((double)a[i]));
        }
        return most / scale;
    }

    /// <summary>
    /// The picture that a card's reference is about: red rises to the right, green downwards, blue along the diagonal; a violet disc left of the
    /// middle; dark blocks of 3×5 pixels in the lower right, which each filter resizes otherwise. In whole numbers, so that every language draws it alike (docs/encoders.md has it in Python).
    /// </summary>
    /// <param name="side">S, pixels.</param>
    /// <returns>[S, S, 3] RGB.</returns>
    public static byte[] TestPicture(int side)
    {
        var picture = new byte[side * side * 3];
        int last = side - 1, cx = side / 3, cy = side / 2, radius = side / 5;
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                var inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;
                var at = (y * side + x) * 3;
                if (2 * x > side && 4 * y > 3 * side && (x / 3 + y / 5) % 2 == 1)
                {
                    picture.AsSpan(at, 3).Fill(40);
                    continue;
                }
                picture[at] = (byte)(inside ? 110 : x * 255 / last);
                picture[at + 1] = (byte)(inside ? 50 : y * 255 / last);
                picture[at + 2] = (byte)(inside ? 140 : (x + y) * 255 / (2 * last));
            }
        return picture;
    }
}
