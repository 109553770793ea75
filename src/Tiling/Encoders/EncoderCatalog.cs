using Mhim.Features;
using Mhim.Tiling.Encoders.Onnx;

namespace Mhim.Tiling.Encoders;

/// <summary>The tile encoders by the name that files, tables and options carry: the built-in one, and those by card (<see cref="EncoderFolder"/>).</summary>
public static class EncoderCatalog
{
    /// <summary>The encoder that needs no download.</summary>
    public const string Default = StainTextureEncoder.Id;

    /// <summary>Every id that <see cref="Open"/> knows, the default first.</summary>
    /// <param name="options">Null: as the environment says.</param>
    public static IReadOnlyList<string> Ids(EncoderOptions? options = null) =>
        [StainTextureEncoder.Id, .. EncoderFolder.List(options ?? EncoderOptions.FromEnvironment()).Where(e => e.Card is not null).Select(e => e.Id)];

    /// <summary>What an encoder wants and gives, without loading its model.</summary>
    /// <param name="id">One of <see cref="Ids"/>; exact, lower case.</param>
    /// <param name="options">Null: as the environment says.</param>
    /// <exception cref="InputException"><c>encoder-unknown</c>, <c>encoder-card</c>, <c>encoder-file</c>.</exception>
    public static EncoderInfo Info(string id, EncoderOptions? options = null)
    {
        if (id == StainTextureEncoder.Id)
            return StainTextureEncoder.Standard;
        options ??= EncoderOptions.FromEnvironment();
        return EncoderFolder.Has(id, options) ? OnnxEncoder.InfoOf(EncoderFolder.Card(id, options)) : throw Unknown(id, options);
    }

    /// <summary>Opens an encoder at the tile size and resolution that it was made for.</summary>
    /// <param name="id">One of <see cref="Ids"/>; exact, lower case.</param>
    /// <param name="options">Null: as the environment says.</param>
    /// <exception cref="InputException"><c>encoder-unknown</c>: no such encoder; <c>encoder-card</c>, <c>encoder-file</c>, <c>encoder-hash</c>,
    /// <c>encoder-model</c>: its card, its files or its model cannot be used; <c>device-missing</c>.</exception>
    public static IPatchEncoder Open(string id, EncoderOptions? options = null)
    {
        if (id == StainTextureEncoder.Id)
            return new StainTextureEncoder();
        options ??= EncoderOptions.FromEnvironment();
        if (!EncoderFolder.Has(id, options))
            throw Unknown(id, options);
        var card = EncoderFolder.VerifiedCard(id, options);
        return OnnxEncoder.Open(card, EncoderFolder.ModelPath(card, options), options);
    }

    /// <summary>A word that is another whenever the encoder's numbers may be others: its id, and the hash and preparation of a model.</summary>
    /// <param name="id">One of <see cref="Ids"/>; exact, lower case.</param>
    /// <param name="options">Null: as the environment says.</param>
    /// <exception cref="InputException">As <see cref="Info"/>.</exception>
    public static string Fingerprint(string id, EncoderOptions? options = null) =>
        id == StainTextureEncoder.Id ? id : Info(id, options).Provenance["encoder_card"];

    /// <summary>Refuses what can be no encoder's id, here or anywhere: models of other programs name theirs in words of their own.</summary>
    /// <param name="id">As a model says it.</param>
    /// <exception cref="InputException"><c>encoder-unknown</c>.</exception>
    public static void RequireId(string id)
    {
        if (!EncoderCard.IsId(id))
            throw new InputException("encoder-unknown", $"'{id}' can be no encoder's id, which is {EncoderCard.IdWords}; "
                + "add the encoder under an id of its own (mhim encoder add), and import the model with that id as its encoder.");
    }

    static InputException Unknown(string id, EncoderOptions options) => new("encoder-unknown",
        $"There is no encoder '{id}'; choose one of: {string.Join(", ", Ids(options))}. Others are added by card with mhim encoder add (looked for in '{options.Folder}').");
}
