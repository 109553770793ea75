using Mhim.Features;

namespace Mhim.Tiling.Encoders;

/// <summary>The tile encoders by the name that files, tables and options carry.</summary>
public static class EncoderCatalog
{
    /// <summary>The encoder that needs no download.</summary>
    public const string Default = StainTextureEncoder.Id;

    /// <summary>Every id that <see cref="Open"/> knows, the default first.</summary>
    public static IReadOnlyList<string> Ids { get; } = [StainTextureEncoder.Id];

    /// <summary>Opens an encoder at the tile size and resolution that it was made for.</summary>
    /// <param name="id">One of <see cref="Ids"/>; exact, lower case.</param>
    /// <exception cref="InputException"><c>encoder-unknown</c>: no such encoder.</exception>
    public static IPatchEncoder Open(string id) => id switch
    {
        StainTextureEncoder.Id => new StainTextureEncoder(),
        _ => throw new InputException("encoder-unknown", $"There is no encoder '{id}'; choose one of: {string.Join(", ", Ids)}."),
    };
}
