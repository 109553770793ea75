using System.CommandLine;
using System.Globalization;
using Mhim.Features;
using Mhim.Mil;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Training;
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
        var bins = new Option<string?>("--time-bins") { Description = "Of survival weights: the edges of the time bins, one more than outputs, in months or whatever unit they were trained in", HelpName = "T,T,…" };
        var mask = new Option<double?>("--mask-ratio") { Description = "ratio_h that MHIM was trained with, by which predictions tell easy tiles from hard ones; by default 0.03 where there is a recycle network, elsewhere no mask", HelpName = "R" }
            .Check(ratio => ratio is null or (> 0 and <= MaskingOptions.Most), FormattableString.Invariant($"lies above 0 and is at most {MaskingOptions.Most}."));
        var command = new ExampleCommand("import",
            "Makes a model out of weights that were trained elsewhere. Nothing in a .pt file is executed; what is neither tensor nor container is refused by name.",
            "mhim model import dsmil_c16_aggregator.pth --encoder-id simclr-c16 --out dsmil",
            "mhim model import fold_0_model_best.pt --encoder-id resnet50 --classes normal,tumour --out imported",
            "mhim model import s_0_checkpoint.pt --encoder-id resnet50 --time-bins 0,11.6,20.4,38.2,168 --out survival") { weights, folder, encoder, classes, bins, activation, mask };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetRequiredValue(weights), parsed.GetRequiredValue(folder));
            if (!File.Exists(from))
                throw new InputException("weights-unreadable", $"There is no file `{from}`.");
            OutFolder.RequireNoFile(to);
            if (OutFolder.IsModel(to))
                throw new InputException("out-in-use", $"`{to}` holds a model already. Name another folder, or remove it.");
            // Whoever names the run's folder as a model means the run's best one.
            if (RunFolder.Holds(to) is { } run)
                throw new InputException("out-in-use", $"`{to}` holds a {run}: the imported model would be taken for that run's. Name a folder of its own.");
            if (parsed.GetValue(classes) is not null && parsed.GetValue(bins) is not null)
                throw new InputException("setting-without-use", "--classes names classes and --time-bins the bins of survival; the outputs are one of both.");
            var taken = WeightsImport.ToModelFolder(from, to, new WeightsImportOptions(parsed.GetRequiredValue(encoder))
            {
                Classes = parsed.GetValue(classes)?.Split(',', StringSplitOptions.TrimEntries), TimeBins = parsed.GetValue(bins) is { } edges ? Edges(edges) : null, MaskRatio = parsed.GetValue(mask),
                Activation = parsed.GetValue(activation) switch { "relu" => ActivationKind.Relu, "gelu" => ActivationKind.Gelu, _ => null },
            });
            ModelCommand.Print(ModelSummary.Load(to));
            if (parsed.GetValue(bins) is null)
                Console.Out.WriteLine($"Its {taken.Outputs} outputs are read as classes. Weights do not tell; hazards of survival want --time-bins with {taken.Outputs + 1} edges.");
            if (taken.Projection && parsed.GetValue(activation) is null)
                Console.Out.WriteLine($"Activation after the projection: {taken.Activation.ToString().ToUpperInvariant()}, {(taken.Activation == ActivationKind.Gelu ? "as version 2 has it" : "as version 1 and plain baselines have it")}. Weights do not tell; --activation says otherwise.");
            if (taken.Masking is { RatioHigh: var ratio } && parsed.GetValue(mask) is null)
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Predictions call {ratio:0.##%} of the tiles easy, the preset's ratio_h. Weights do not tell; --mask-ratio says otherwise."));
            Console.Out.WriteLine($"Written to {Path.GetFullPath(to)}. Weights say nothing of how features were standardised, nor of the tiles they came from: make sure that yours are made the same way.");
        });
        return command;
    }

    // What is no number, or not in order, the import refuses as no time bin.
    static double[] Edges(string text) =>
        [.. text.Split(',').Select(edge => double.TryParse(edge, NumberStyles.Float, CultureInfo.InvariantCulture, out var time) ? time : double.NaN)];
}
