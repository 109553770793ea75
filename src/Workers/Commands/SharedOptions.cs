using System.CommandLine;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>Options that several verbs have, always under the same name.</summary>
static class SharedOptions
{
    public static Option<double?> SlideMpp() => new Option<double?>("--mpp", "--slide-mpp")
        { Description = "µm per pixel of level 0, when the slide does not say or says it wrongly", HelpName = "MPP" }
        .Check(mpp => mpp is null or (> 0 and < 1000), "must be a positive number of µm per pixel.");

    public static Option<string> Encoder() => new("--encoder")
        { Description = "Tile encoder", DefaultValueFactory = _ => new FeatureSettings().EncoderId, HelpName = "ID" };

    public static Option<double> Mpp() => new Option<double>("--target-mpp")
        { Description = "Resolution of the tiles, µm per pixel", DefaultValueFactory = _ => 0.5, HelpName = "MPP" }
        .Check(mpp => mpp is > 0 and < 1000, "must be a positive number of µm per pixel.");

    public static Option<int> TileSize() => new Option<int>("--tile-size")
        { Description = "Side of a tile, pixels at --target-mpp", DefaultValueFactory = _ => 256, HelpName = "PX" }
        .Check(size => size is >= 16 and <= 8192, "must be from 16 to 8192.");

    public static Option<string> Out(string description) => new("--out") { Description = description, Required = true, HelpName = "DIR" };

    public static Option<string> Device() => new("--device")
        { Description = "Where the model runs: auto, cpu, cuda or cuda:N", DefaultValueFactory = _ => "auto" };

    public static Argument<string[]> Slides() => new("SLIDES")
        { Description = "Slide files, or folders of slides", Arity = ArgumentArity.OneOrMore };
}
