using System.CommandLine;
using System.Globalization;
using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Workers.Commands;

/// <summary>What a user says about feature files that do not say it themselves (CLAM's, tensors).</summary>
sealed class FeatureOptions
{
    readonly Option<string?> _encoder = new("--encoder-id")
        { Description = "Encoder of feature files that do not name theirs, or which of several to take", HelpName = "ID" };

    readonly Option<string?> _tiles = new Option<string?>("--tiles")
        { Description = "Tiles of feature files that do not say theirs, such as 256@0.5 (pixels at µm per pixel)", HelpName = "PX@MPP" }
        .Check(text => text is null || Parse(text) is not null, "must be pixels at µm per pixel, such as 256@0.5.");

    public void AddTo(Command command)
    {
        command.Options.Add(_encoder);
        command.Options.Add(_tiles);
    }

    /// <summary>The names of those that somebody typed.</summary>
    public IReadOnlyList<string> Typed(ParseResult parsed) => [.. ((Option[])[_encoder, _tiles]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];

    public FeatureFileOptions Read(ParseResult parsed) => new(parsed.GetValue(_encoder), parsed.GetValue(_tiles) is { } text ? Parse(text) : null);

    static TileKind? Parse(string text) => text.Split('@') is [var size, var mpp]
        && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) && pixels is >= 16 and <= 8192
        && double.TryParse(mpp, NumberStyles.Float, CultureInfo.InvariantCulture, out var resolution) && resolution is > 0 and < 1000
            ? new TileKind(pixels, resolution) : null;
}
