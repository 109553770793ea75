using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Mhim.Features;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>
/// What an ONNX model needs to be a tile encoder: which tiles it takes, how their pixels become numbers, and what of its output is the
/// feature vector. <c>card.json</c> beside the model; docs/encoders.md has examples.
/// </summary>
public sealed partial record EncoderCard
{
    /// <summary>The encoder's name in files, tables and options: lower-case letters, digits, dots, dashes, underscores; starts with a letter or digit.</summary>
    public string Id { get; init; } = "";

    /// <summary>The ONNX file, relative to the card.</summary>
    public string File { get; init; } = "";

    /// <summary>The file of external weights (models above 2 GB), relative to the card; null for none. Its name is fixed within the model.</summary>
    public string? Data { get; init; }

    /// <summary>SHA-256 of the file, followed by the external weights if any; lower-case hex. <c>mhim encoder add</c> fills it in.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Side of the model's square input, pixels.</summary>
    public int InputPx { get; init; }

    /// <summary>Side of the tiles, pixels at <see cref="Mpp"/>; null: as <see cref="InputPx"/>. Another side is resized as torchvision does.</summary>
    public int? TilePx { get; init; }

    /// <summary>Resolution of the tiles, µm per pixel.</summary>
    public double Mpp { get; init; }

    /// <summary>Filter of the resizing.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>Subtracted from each channel (0 to 1, in the order red, green, blue).</summary>
    public double[] Mean { get; init; } = [];

    /// <summary>Each channel is then divided by it.</summary>
    public double[] Std { get; init; } = [];

    /// <summary>Order of the colours.</summary>
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>Order of the input's axes.</summary>
    public InputLayout Layout { get; init; } = InputLayout.Nchw;

    /// <summary>Name of the model's input; null: its only one.</summary>
    public string? Input { get; init; }

    /// <summary>Name of the model's output; null: its only one.</summary>
    public string? Output { get; init; }

    /// <summary>What of the output is the vector.</summary>
    public Pooling Pooling { get; init; } = Pooling.None;

    /// <summary>Tokens before those of the picture (class token, registers): left out of the mean.</summary>
    public int PrefixTokens { get; init; } = 1;

    /// <summary>D, numbers per tile, after pooling.</summary>
    public int Dim { get; init; }

    /// <summary>Under which terms the weights may be used; shown, never interpreted.</summary>
    public string? Licence { get; init; }

    /// <summary>Where the weights come from.</summary>
    public string? Source { get; init; }

    /// <summary>The first numbers that the original model gives for the test picture (<see cref="EncoderCheck.TestPicture"/>); null: nothing to compare with.</summary>
    public double[]? Reference { get; init; }

    /// <summary>Tiles' side in pixels.</summary>
    [JsonIgnore]
    public int TileSide => TilePx ?? InputPx;

    static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };

    static readonly JsonSerializerOptions OneLine = new(Form) { WriteIndented = false };

    /// <summary>Reads a card.</summary>
    /// <exception cref="InputException"><c>encoder-card</c>: missing, no JSON, an unknown or missing key, a value out of range.</exception>
    public static EncoderCard Read(string path)
    {
        try
        {
            return (JsonSerializer.Deserialize<EncoderCard>(System.IO.File.ReadAllText(path), Form)
                ?? throw new InputException("encoder-card", $"'{path}' is empty; write a card as docs/encoders.md shows.")).Checked(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException("encoder-card", $"There is no encoder card '{path}'.", e);
        }
        catch (JsonException e)
        {
            throw new InputException("encoder-card", $"'{path}' cannot be read as an encoder card (line {e.LineNumber + 1}, {e.Path ?? "$"}): {Said(e)}", e);
        }
    }

    /// <summary>As JSON, for <c>card.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form) + "\n";

    /// <summary>As one line of JSON, for the provenance of feature files.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, OneLine);

    EncoderCard Checked(string path)
    {
        void Require(bool holds, string sentence)
        {
            if (!holds)
                throw new InputException("encoder-card", $"'{path}': {sentence}");
        }

        Require(IsId(Id), $"\"id\" is '{Id}'; write {IdWords}.");
        Require(Id != StainTextureEncoder.Id, $"\"id\" may not be '{Id}', which is built in.");
        Require(IsName(File), $"\"file\" is '{File}'; name the ONNX file beside the card.");
        Require(Data is null || IsName(Data), $"\"data\" is '{Data}'; name the file of external weights beside the card.");
        Require(Sha256 is null || HexForm().IsMatch(Sha256), "\"sha256\" is not 64 lower-case hexadecimal digits; leave it out, mhim encoder add fills it in.");
        Require(InputPx is >= 8 and <= 4096, $"\"inputPx\" is {InputPx}; the side of the model's input is wanted, 8 to 4096 pixels.");
        Require(TilePx is null or (>= 16 and <= 8192), $"\"tilePx\" is {TilePx}; the side of a tile is wanted, 16 to 8192 pixels.");
        Require(Mpp is > 0 and < 1000, $"\"mpp\" is {Mpp}; the tiles' µm per pixel are wanted, such as 0.5.");
        Require(Mean.Length == 3 && Mean.All(m => m is >= 0 and <= 1), "\"mean\" must be three numbers from 0 to 1, of red, green and blue, such as [0.485, 0.456, 0.406].");
        Require(Std.Length == 3 && Std.All(s => s is > 0 and <= 1), "\"std\" must be three numbers above 0, at most 1, such as [0.229, 0.224, 0.225].");
        Require(PrefixTokens is >= 0 and <= 4096, $"\"prefixTokens\" is {PrefixTokens}; 0 to 4096 are possible.");
        Require(Pooling is not (Pooling.Cls or Pooling.ClsMean) || PrefixTokens >= 1, "\"pooling\" takes the class token, so \"prefixTokens\" must be 1 or more.");
        Require(Dim is >= 1 and <= 65536, $"\"dim\" is {Dim}; how many numbers a tile becomes is wanted, 1 to 65536.");
        Require(Reference is null || (Reference.Length is >= 4 && Reference.Length <= Dim && Reference.All(double.IsFinite)), "\"reference\" must be the first 4 or more numbers for the test picture.");
        return this;
    }

    // A card may name files beside it only: what an archive from elsewhere says must not reach further.
    static bool IsName(string name) => name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..");

    static string Said(JsonException e) => e.Message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0];

    /// <summary>What an id looks like, in words.</summary>
    internal const string IdWords = "1 to 64 lower-case letters, digits, dots, dashes or underscores";

    /// <summary>Whether an encoder may be called so.</summary>
    /// <param name="id">Its name.</param>
    internal static bool IsId(string id) => IdForm().IsMatch(id);

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,63}$")]
    private static partial Regex IdForm();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex HexForm();
}
