using System.Buffers;
using Mhim.Features;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>A tile encoder out of an ONNX model and its card. A tile's vector does not depend on the batch it is in (to 1e-5).</summary>
sealed class OnnxEncoder : IPatchEncoder
{
    readonly EncoderCard _card;
    readonly OnnxModels.Lease _lease;
    readonly TileNormalizer _normalizer;

    OnnxEncoder(EncoderCard card, OnnxModels.Lease lease)
    {
        (_card, _lease, _normalizer) = (card, lease, new TileNormalizer(card));
        Info = InfoOf(card);
    }

    /// <inheritdoc/>
    public EncoderInfo Info { get; }

    /// <summary>Where it runs: <c>cpu</c> or <c>cuda:N</c>.</summary>
    public string Device => _lease.Model.Device;

    /// <summary>The batch that the model is fixed to, or null.</summary>
    public int? Batch => _lease.Model.Batch;

    /// <summary>Opens the model of a card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="modelPath">Its ONNX file.</param>
    /// <param name="options">Device and threads.</param>
    /// <exception cref="InputException"><c>encoder-model</c>, <c>device-missing</c>, <c>device-unknown</c>.</exception>
    public static OnnxEncoder Open(EncoderCard card, string modelPath, EncoderOptions options) => new(card, OnnxModels.Take(card, modelPath, options));

    /// <summary>What an encoder of this card wants and gives.</summary>
    public static EncoderInfo InfoOf(EncoderCard card) => new(card.Id, card.TileSide, card.Mpp, card.Dim)
    {
        Provenance = new Dictionary<string, string> { ["encoder_sha256"] = card.Sha256 ?? "", ["encoder_card"] = card.ToLine() },
    };

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features)
    {
        var bytes = 3 * Info.InputSize * Info.InputSize;
        if (count < 0 || tiles.Length < (long)count * bytes || features.Length < (long)count * Info.Dim)
            throw new ArgumentException($"{tiles.Length} bytes and {features.Length} features are too short for {count} tiles of {Info.InputSize} px.");
        // A model of a fixed batch gets its last one filled up with black tiles, whose vectors are dropped.
        var most = Batch ?? Math.Max(count, 1);
        var numbers = ArrayPool<float>.Shared.Rent(most * _normalizer.Length);
        var vectors = ArrayPool<float>.Shared.Rent(most * Info.Dim);
        try
        {
            for (var first = 0; first < count; first += most)
            {
                var size = Math.Min(most, count - first);
                numbers.AsSpan(size * _normalizer.Length, (most - size) * _normalizer.Length).Clear();
                for (var i = 0; i < size; i++)
                    _normalizer.Fill(tiles.Slice((first + i) * bytes, bytes), numbers.AsSpan(i * _normalizer.Length, _normalizer.Length));
                _lease.Model.Run(numbers.AsMemory(0, most * _normalizer.Length), most, vectors.AsSpan(0, most * Info.Dim));
                vectors.AsSpan(0, size * Info.Dim).CopyTo(features.Slice(first * Info.Dim));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(numbers);
            ArrayPool<float>.Shared.Return(vectors);
        }
        foreach (var value in features[..(count * Info.Dim)])
            if (!float.IsFinite(value))
                throw CardFit.Unfit(_card, "gives NaN or infinity; a 16 bit export may need 32 bits");
    }

    /// <inheritdoc/>
    public void Dispose() => _lease.Dispose();
}
