using System.CommandLine;
using System.Text.Json;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Encoders.Onnx;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim encoder add|list|check</c>.</summary>
static class EncoderCommand
{
    public static Command Create() => new("encoder",
        "Tile encoders: the built-in one, and ONNX models by card (docs/encoders.md). They lie in ~/.mhim/encoders, or where MHIM_ENCODERS says.") { Add(), List(), Check() };

    static Command Add()
    {
        var card = new Argument<string>("CARD") { Description = "The card (JSON) beside the ONNX file" };
        var link = new Option<bool>("--link") { Description = "Link to the model instead of copying it" };
        var replace = new Option<bool>("--replace") { Description = "Replace another model of the same id" };
        var device = SharedOptions.EncoderDevice();
        var command = new ExampleCommand("add",
            "Tries an ONNX model as its card says, and keeps both for --encoder ID.",
            "mhim encoder add export/resnet50-imagenet.json") { card, link, replace, device };
        command.SetAction(parsed =>
        {
            var options = SharedOptions.Encoders(parsed, device);
            var (added, check) = EncoderAdd.Run(parsed.GetRequiredValue(card), options, parsed.GetValue(link), parsed.GetValue(replace));
            Say(check);
            Console.Out.WriteLine($"Added to {Path.Combine(options.Folder, added.Id)}; use it with --encoder {added.Id}.{(added.Licence is null ? "" : $" Licence: {added.Licence}")}");
        });
        return command;
    }

    static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new ExampleCommand("list", "Says which encoders there are, and which cannot be used.", "mhim encoder list") { json };
        command.SetAction(parsed =>
        {
            var options = EncoderOptions.FromEnvironment();
            var builtIn = EncoderCatalog.Info(EncoderCatalog.Default, options);
            var added = EncoderFolder.List(options);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    added.Select(e => new { e.Id, TilePx = e.Card?.TileSide, e.Card?.Mpp, e.Card?.Dim, e.Card?.Sha256, e.Card?.Licence, e.Card?.Source, e.Problem })
                        .Prepend(new { builtIn.Id, TilePx = (int?)builtIn.InputSize, Mpp = (double?)builtIn.Mpp, Dim = (int?)builtIn.Dim, Sha256 = (string?)null, Licence = (string?)null, Source = (string?)null, Problem = (string?)null }),
                    JsonSerializerOptions.Web));
                return CommandLine.Ok;
            }
            TextTable.Print(["encoder", "tile px", "µm/px", "numbers a tile", "licence"],
                added.Where(e => e.Card is not null).Select(e => (string[])[e.Id, $"{e.Card!.TileSide}", $"{e.Card.Mpp:0.####}", $"{e.Card.Dim}", e.Card.Licence ?? "not said"])
                    .Prepend([builtIn.Id, $"{builtIn.InputSize}", $"{builtIn.Mpp:0.####}", $"{builtIn.Dim}", "built in"]));
            foreach (var broken in added.Where(e => e.Problem is not null))
                Screen.Say($"mhim: {broken.Problem}");
            return added.Any(e => e.Problem is not null) ? CommandLine.BadInput : CommandLine.Ok;
        });
        return command;
    }

    static Command Check()
    {
        var id = new Argument<string>("ID") { Description = "An encoder" };
        var (device, threads) = (SharedOptions.EncoderDevice(), SharedOptions.EncoderThreads());
        var command = new ExampleCommand("check",
            "Encodes fixed pictures: numbers and time a tile, whether a batch changes a vector, and whether the vector is that of the original model.",
            "mhim encoder check resnet50-imagenet --device cpu --encoder-threads 2") { id, device, threads };
        command.SetAction(parsed =>
        {
            var check = EncoderCheck.Run(parsed.GetRequiredValue(id), SharedOptions.Encoders(parsed, device, threads));
            Say(check);
            check.Require();
        });
        return command;
    }

    static void Say(EncoderCheckResult check)
    {
        Console.Out.WriteLine(check.Info.Id);
        Console.Out.WriteLine($"  tiles      {check.Info.InputSize} px at {check.Info.Mpp:0.####} µm/px");
        Console.Out.WriteLine($"  numbers    {check.Info.Dim} a tile, the test picture's first: {string.Join(", ", check.First.Take(4).Select(f => $"{f:0.####}"))}");
        Console.Out.WriteLine($"  time       {check.MsPerTile:0.##} ms a tile in batches of {EncoderCheck.Batch}, {check.MsAlone:0.##} ms alone, on {check.Device}");
        Console.Out.WriteLine($"  batches    order, company and padding change a vector by {check.BatchDifference:0.#e+0} (up to 1e-5 is allowed)");
        Console.Out.WriteLine(check.ReferenceDifference is { } off ? $"  reference  {off:0.#e+0} from the original model's numbers (up to 0.01 is allowed)" : "  reference  none in the card, so nothing tells whether mean, std and colours are right");
    }
}
