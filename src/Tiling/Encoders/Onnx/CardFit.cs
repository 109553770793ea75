using System.Text.Json;
using Mhim.Features;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>Whether a model is what its card says; if not, one sentence that names the difference.</summary>
static class CardFit
{
    /// <summary>Checks names, types and shapes as far as the model declares them.</summary>
    /// <returns>Input and output names, whether the input takes 16-bit floats, and the fixed batch if there is one.</returns>
    /// <exception cref="InputException"><c>encoder-model</c>.</exception>
    public static (string Input, string Output, bool Half, int? Batch) Check(EncoderCard card, InferenceSession session)
    {
        var inputs = session.InputMetadata;
        var input = Pick(card, "input", card.Input, inputs);
        // Inputs with an initial value may be left out; the session lists those apart.
        if (inputs.Keys.FirstOrDefault(name => name != input) is { } further)
            throw Unfit(card, $"also wants an input '{further}'; export it with the picture as its only input");
        var taken = inputs[input];
        if (!taken.IsTensor || taken.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            throw Unfit(card, $"takes numbers of type {taken.ElementDataType} as '{input}'; 32 or 16 bit floats are wanted, normalised by the card's mean and std");
        CheckInput(card, input, taken.Dimensions);

        var output = Pick(card, "output", card.Output, session.OutputMetadata);
        var given = session.OutputMetadata[output];
        if (!given.IsTensor || given.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            throw Unfit(card, $"gives numbers of type {given.ElementDataType} as '{output}'; 32 or 16 bit floats are wanted");
        long[] shape = [.. given.Dimensions.Select(d => (long)d)];
        // A model that does not declare its output's rank is only known by running it.
        if (shape.Length > 0)
        {
            var dim = TokenPooling.DimOf(card, shape)
                ?? throw Unfit(card, $"gives '{output}' of shape {Words(given.Dimensions)}, which pooling {Word(card.Pooling)} cannot make one vector a tile of; {WhatToPool(shape)}");
            if (dim >= 0 && dim != card.Dim)
                throw WrongDim(card, dim);
        }
        return (input, output, taken.ElementDataType == TensorElementType.Float16, taken.Dimensions is [> 0 and var batch, ..] ? batch : null);
    }

    static string Pick(EncoderCard card, string what, string? named, IReadOnlyDictionary<string, NodeMetadata> there)
    {
        var names = string.Join(", ", there.Keys.Select(name => $"'{name}'"));
        if (named is not null)
            return there.ContainsKey(named) ? named : throw Unfit(card, $"has no {what} '{named}' but {names}; write that as \"{what}\" into the card");
        return there.Count == 1 ? there.Keys.Single() : throw Unfit(card, $"has {there.Count} {what}s ({names}); write one of them as \"{what}\" into the card");
    }

    static void CheckInput(EncoderCard card, string input, int[] shape)
    {
        if (shape.Length == 0)
            return;
        if (shape.Length != 4)
            throw Unfit(card, $"takes '{input}' of shape {Words(shape)}; [tiles, 3, height, width] is wanted");
        var (channels, height, width) = card.Layout == InputLayout.Nchw ? (shape[1], shape[2], shape[3]) : (shape[3], shape[1], shape[2]);
        if (channels is not (3 or <= 0))
        {
            var other = card.Layout == InputLayout.Nchw ? shape[3] : shape[1];
            throw Unfit(card, other != 3 ? $"takes '{input}' of shape {Words(shape)}: no three colours"
                : card.Layout == InputLayout.Nchw ? $"takes '{input}' of shape {Words(shape)}, colours last; write \"layout\": \"nhwc\" into the card"
                : $"takes '{input}' of shape {Words(shape)}, colours first; write \"layout\": \"nchw\" into the card");
        }
        if ((height > 0 && height != card.InputPx) || (width > 0 && width != card.InputPx))
            throw Unfit(card, $"takes pictures of {width}×{height} pixels, the card says {card.InputPx}; write \"inputPx\": {width} into the card"
                + (card.TilePx is null ? $" (and \"tilePx\": {card.InputPx} if the tiles shall stay as they are)" : ""));
    }

    /// <summary>The error for a model that does not fit.</summary>
    public static InputException Unfit(EncoderCard card, string sentence) => new("encoder-model", $"The model of encoder `{card.Id}` ('{card.File}') {sentence}.");

    /// <summary>The error for another length of the vector.</summary>
    public static InputException WrongDim(EncoderCard card, long dim) =>
        Unfit(card, $"gives {dim} numbers a tile with pooling {Word(card.Pooling)}, the card says {card.Dim}; write \"dim\": {dim} if that is the vector you want");

    /// <summary>As the card writes it.</summary>
    public static string Word(Pooling pooling) => $"\"{JsonNamingPolicy.KebabCaseLower.ConvertName(pooling.ToString())}\"";

    static string Words(IEnumerable<int> shape) => $"[{string.Join(", ", shape.Select(d => d < 0 ? "any" : d.ToString()))}]";

    static string WhatToPool(long[] shape) => shape.Length switch
    {
        2 => "use \"none\"",
        3 => "use \"cls\", \"mean\" or \"cls-mean\", with \"prefixTokens\" below the number of tokens",
        4 => "use \"mean\"",
        _ => "export another output",
    };
}
