using System.Numerics.Tensors;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>From a model's output to one vector per tile.</summary>
static class TokenPooling
{
    /// <summary>How many numbers a tile becomes; null when the pooling does not fit an output of this shape.</summary>
    /// <param name="card">Card.</param>
    /// <param name="shape">Shape of the output, batch first; -1 where the model leaves it open.</param>
    public static long? DimOf(EncoderCard card, long[] shape) => (card.Pooling, shape) switch
    {
        (Pooling.None, [_, var dim]) => dim,
        (Pooling.None, [_, var dim, 1, 1]) => dim,
        (Pooling.Mean, [_, var dim, _, _]) => dim,
        (Pooling.Cls or Pooling.Mean, [_, var tokens, var dim]) when tokens < 0 || tokens > Prefix(card) => dim,
        (Pooling.ClsMean, [_, var tokens, var dim]) when tokens < 0 || tokens > Prefix(card) => dim < 0 ? -1 : 2 * dim,
        _ => null,
    };

    /// <summary>Pools one tile's part of the output.</summary>
    /// <param name="card">Card.</param>
    /// <param name="shape">Shape of the whole output; <see cref="DimOf"/> accepted it.</param>
    /// <param name="output">The tile's numbers.</param>
    /// <param name="vector">[D].</param>
    public static void Pool(EncoderCard card, long[] shape, ReadOnlySpan<float> output, Span<float> vector)
    {
        if (card.Pooling == Pooling.None)
            output.CopyTo(vector);
        else if (shape.Length == 4)
        {
            var places = output.Length / vector.Length;
            for (var d = 0; d < vector.Length; d++)
                vector[d] = TensorPrimitives.Sum(output.Slice(d * places, places)) / places;
        }
        else
        {
            var dim = (int)shape[2];
            if (card.Pooling is Pooling.Cls or Pooling.ClsMean)
                output[..dim].CopyTo(vector);
            if (card.Pooling is Pooling.Mean or Pooling.ClsMean)
                Mean(output[(card.PrefixTokens * dim)..], vector[^dim..]);
        }
    }

    static void Mean(ReadOnlySpan<float> tokens, Span<float> mean)
    {
        mean.Clear();
        for (var at = 0; at < tokens.Length; at += mean.Length)
            TensorPrimitives.Add(mean, tokens.Slice(at, mean.Length), mean);
        TensorPrimitives.Divide(mean, tokens.Length / mean.Length, mean);
    }

    static int Prefix(EncoderCard card) => card.Pooling == Pooling.Cls ? 0 : card.PrefixTokens;
}
