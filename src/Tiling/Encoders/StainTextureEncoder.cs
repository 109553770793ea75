using Mhim.Features;

namespace Mhim.Tiling.Encoders;

/// <summary>Stain-deconvolved colour, texture and nuclear-blob statistics; needs no download.</summary>
/// <param name="inputSize">S, side of a tile in pixels, at least 32.</param>
/// <param name="mpp">Resolution of the tiles, µm per pixel.</param>
public sealed class StainTextureEncoder(int inputSize = 256, double mpp = 0.5) : IPatchEncoder
{
    /// <summary>The encoder's name in files and tables.</summary>
    public const string Id = "stain-texture";

    /// <summary>D, numbers per tile.</summary>
    public const int Dim = 256;

    /// <inheritdoc />
    public EncoderInfo Info { get; } = new(Id, inputSize, mpp, Dim);

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features) => throw new NotImplementedException();

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
