using Mhim.Features;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>Compares with the numbers that the original model gave, and where they differ tries the usual mix-ups.</summary>
static class ReferenceCheck
{
    /// <summary>Encodes the test picture.</summary>
    /// <returns>Distance over the reference's length, and what would fit better, if anything does.</returns>
    public static (double Difference, string? Hint) Compare(EncoderCard card, OnnxEncoder encoder, string modelPath, EncoderOptions options)
    {
        var difference = Distance(card, encoder);
        if (difference <= EncoderCheck.ReferenceTolerance)
            return (difference, null);
        foreach (var (other, words) in MixUps(card))
            try
            {
                using var tried = OnnxEncoder.Open(other, modelPath, options);
                if (Distance(other, tried) <= EncoderCheck.ReferenceTolerance)
                    return (difference, words);
            }
            catch (InputException)
            {
                // A mix-up that the model cannot even run is not it.
            }
        return (difference, null);
    }

    static IEnumerable<(EncoderCard Card, string Words)> MixUps(EncoderCard card)
    {
        var (channels, word) = card.Channels == ChannelOrder.Rgb ? (ChannelOrder.Bgr, "bgr") : (ChannelOrder.Rgb, "rgb");
        double[] imageMean = [0.485, 0.456, 0.406], imageStd = [0.229, 0.224, 0.225], half = [0.5, 0.5, 0.5];
        yield return (card with { Channels = channels }, $"\"channels\": \"{word}\"");
        yield return (card with { Mean = imageMean, Std = imageStd }, "ImageNet's mean [0.485, 0.456, 0.406] and std [0.229, 0.224, 0.225]");
        yield return (card with { Mean = half, Std = half }, "mean and std [0.5, 0.5, 0.5]");
        yield return (card with { Mean = [0, 0, 0], Std = [1, 1, 1] }, "mean [0, 0, 0] and std [1, 1, 1]: the model normalises by itself");
        if (card.TilePx is not null)
            yield return (card with { Interpolation = card.Interpolation == Interpolation.Bilinear ? Interpolation.Bicubic : Interpolation.Bilinear }, "the other \"interpolation\"");
        if (card.Pooling is Pooling.Cls or Pooling.Mean)
            yield return (card with { Pooling = card.Pooling == Pooling.Cls ? Pooling.Mean : Pooling.Cls }, "the other \"pooling\"");
    }

    static double Distance(EncoderCard card, OnnxEncoder encoder)
    {
        var vector = new float[card.Dim];
        encoder.Encode(EncoderCheck.TestPicture(card.TileSide), 1, vector);
        double off = 0, length = 0;
        foreach (var (own, wanted) in vector.Zip(card.Reference!))
            (off, length) = (off + (own - wanted) * (own - wanted), length + wanted * wanted);
        return Math.Sqrt(off / Math.Max(length, 1e-12));
    }
}
