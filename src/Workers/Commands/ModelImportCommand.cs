using System.CommandLine;
using Mhim.Features;
using Mhim.Mil;
using Mhim.Mil.Checkpoints;
using Mhim.Workers.Models;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim model import</c>.</summary>
static class ModelImportCommand
{
    public static Command Create()
    {
        var weights = new Argument<string>("WEIGHTS") { Description = "State dict: .pt, .pth or .safetensors, of MHIM-MIL (or a plain AB-MIL, DSMIL or TransMIL of its code) or of DSMIL's own code" };
        var folder = SharedOptions.Out("Gets model.safetensors, config.json and card.json");
        var encoder = new Option<string>("--encoder-id") { Description = "Encoder whose features the weights were trained on; others are refused when predicting", HelpName = "NAME", Required = true };
        var classes = new Option<string?>("--classes") { Description = "Names of the outputs, in their order, as normal,tumour", HelpName = "A,B,…" };
        var activation = new Option<string?>("--activation") { Description = "After MHIM-MIL's projection, which weights do not tell: gelu (v2) or relu (v1, plain baselines). By default gelu where there is a recycle network" };
        activation.AcceptOnlyFromAmong("gelu", "relu");
        var command = new ExampleCommand("import",
            "Makes a model out of weights that were trained elsewhere. Nothing in a .pt file is executed; what is neither tensor nor container is refused by name.",
            "mhim model import dsmil_c16_aggregator.pth --encoder-id simclr-c16 --out dsmil",
            "mhim model import fold_0_model_best.pt --encoder-id resnet50 --classes normal,tumour --out imported") { weights, folder, encoder, classes, activation };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetRequiredValue(weights), parsed.GetRequiredValue(folder));
            if (!File.Exists(from))
                throw new InputException("weights-unreadable", $"There is no file `{from}`.");
            if (File.Exists(Path.Combine(to, "card.json")))
                throw new InputException("out-in-use", $"`{to}` holds a model already. Name another folder, or remove it.");
            if (File.Exists(to))
                throw new InputException("out-in-use", $"`{to}` is a file; name a folder.");
            var taken = WeightsImport.ToModelFolder(from, to, parsed.GetRequiredValue(encoder), parsed.GetValue(classes)?.Split(',', StringSplitOptions.TrimEntries),
                parsed.GetValue(activation) switch { "relu" => ActivationKind.Relu, "gelu" => ActivationKind.Gelu, _ => null });
            ModelCommand.Print(ModelSummary.Load(to));
            if (taken is not null && parsed.GetValue(activation) is null)
                Console.Out.WriteLine($"Activation after the projection: {taken.ToString()!.ToUpperInvariant()}, {(taken == ActivationKind.Gelu ? "as version 2 has it" : "as version 1 and plain baselines have it")}. Weights do not tell; --activation says otherwise.");
            Console.Out.WriteLine($"Written to {Path.GetFullPath(to)}. Weights say nothing of how features were standardised, nor of the tiles they came from: make sure that yours are made the same way.");
        });
        return command;
    }
}
