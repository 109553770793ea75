using System.CommandLine;
using Mhim.Tiling.Encoders;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>Options that several verbs have, always under the same name.</summary>
static class SharedOptions
{
    public static Option<double?> SlideMpp() => new Option<double?>("--mpp", "--slide-mpp")
        { Description = "µm per pixel of level 0, when the slide does not say or says it wrongly", HelpName = "MPP" }
        .Check(mpp => mpp is null or (> 0 and < 1000), "must be a positive number of µm per pixel.");

    public static Option<string?> MppTable() => new("--mpp-table")
        { Description = "CSV with the columns wsi,mpp: µm per pixel of single slides, by file name or path; goes before --mpp", HelpName = "FILE" };

    public static MppTable? ReadMppTable(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } file ? Mhim.Workers.Pipeline.MppTable.Read(file) : null;

    public static Option<string> Encoder() => new("--encoder")
        { Description = "Tile encoder, built in or added (mhim encoder list)", DefaultValueFactory = _ => new FeatureSettings().EncoderId, HelpName = "ID" };

    public static Option<double?> EncoderMpp() => new Option<double?>("--target-mpp")
        { Description = "Resolution of the tiles, µm per pixel [default: the encoder's]", HelpName = "MPP" }
        .Check(mpp => mpp is null or (> 0 and < 1000), "must be a positive number of µm per pixel.");

    public static Option<int?> EncoderTileSize() => new Option<int?>("--tile-size")
        { Description = "Side of a tile, pixels at --target-mpp [default: the encoder's]", HelpName = "PX" }
        .Check(size => size is null or (>= 16 and <= 8192), "must be from 16 to 8192.");

    public static Option<string?> EncoderDevice() => new("--device")
        { Description = "Where an ONNX encoder runs: auto, cpu, cuda or cuda:N [default: MHIM_ENCODER_DEVICE, or auto]" };

    public static Option<int?> EncoderThreads() => new Option<int?>("--encoder-threads")
        { Description = "Threads of ONNX Runtime within a batch; the batches keep every core busy as it is [default: MHIM_ENCODER_THREADS, or 1]", HelpName = "N" }
        .Check(threads => threads is null or (>= 1 and <= 1024), "must be from 1 to 1024.");

    /// <summary>Where encoders lie and run: as the environment says, and the options otherwise.</summary>
    public static EncoderOptions Encoders(ParseResult parsed, Option<string?> device, Option<int?>? threads = null)
    {
        var options = EncoderOptions.FromEnvironment();
        return options with { Device = parsed.GetValue(device) ?? options.Device, Threads = (threads is null ? null : parsed.GetValue(threads)) ?? options.Threads };
    }

    public static Option<double> Mpp() => new Option<double>("--target-mpp")
        { Description = "Resolution of the tiles, µm per pixel", DefaultValueFactory = _ => 0.5, HelpName = "MPP" }
        .Check(mpp => mpp is > 0 and < 1000, "must be a positive number of µm per pixel.");

    public static Option<int> TileSize() => new Option<int>("--tile-size")
        { Description = "Side of a tile, pixels at --target-mpp", DefaultValueFactory = _ => 256, HelpName = "PX" }
        .Check(size => size is >= 16 and <= 8192, "must be from 16 to 8192.");

    public static Option<bool> KeepBlurred() => new("--keep-blurred")
        { Description = "Keep tiles that are out of focus; they are left out otherwise, and counted" };

    public static Option<double> MaxUnreadable() => new Option<double>("--max-unreadable")
        { Description = "Unreadable tiles are left out and counted; over this share of them a slide fails", DefaultValueFactory = _ => new FeatureSettings().MaxUnreadable, HelpName = "SHARE" }
        .Check(share => share is >= 0 and <= 1, "is a share, from 0 to 1.");

    public static Option<string> Out(string description) => new Option<string>("--out") { Description = description, Required = true, HelpName = "DIR" }
        .Check(folder => !string.IsNullOrWhiteSpace(folder), "names a folder; this one has no name.");

    public static Option<string> Device() => new("--device")
        { Description = "Where the model runs: auto, cpu, cuda or cuda:N", DefaultValueFactory = _ => "auto" };

    public static Argument<string[]> Slides() => new("SLIDES")
        { Description = "Slide files, or folders of slides", Arity = ArgumentArity.OneOrMore };
}
