using System.Collections.ObjectModel;

namespace Mhim.Features;

/// <summary>What an encoder wants and gives.</summary>
/// <param name="Id">Its name in files and tables, for example <c>stain-texture</c>.</param>
/// <param name="InputSize">Side of the square input in pixels.</param>
/// <param name="Mpp">Resolution that it was made for, µm per pixel.</param>
/// <param name="Dim">D, numbers per tile.</param>
public sealed record EncoderInfo(string Id, int InputSize, double Mpp, int Dim)
{
    /// <summary>What feature files shall say about it, such as <c>encoder_sha256</c>; empty for one that is built in.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>Turns tiles into feature vectors. One tile's vector depends on that tile alone, never on its neighbours in the batch.</summary>
public interface IPatchEncoder : IDisposable
{
    /// <summary>What it wants and gives.</summary>
    EncoderInfo Info { get; }

    /// <summary>Encodes a batch. May be called from several threads at once.</summary>
    /// <param name="tiles">[B,S,S,3] RGB, 8 bit, rows from the top, S = <see cref="EncoderInfo.InputSize"/>.</param>
    /// <param name="count">B.</param>
    /// <param name="features">[B,D], filled row by row.</param>
    /// <exception cref="ArgumentException">A span is too short for <paramref name="count"/>.</exception>
    void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features);
}
