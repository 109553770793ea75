using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Checkpoints;

/// <summary>
/// Makes a model folder out of weights that others trained: <c>.safetensors</c>, <c>.pt</c> or <c>.pth</c>. Two layouts are known by their names:
/// <list type="bullet">
/// <item>MHIM-MIL's (<c>feature.0</c>, in version 1 <c>patch_to_emb.0</c>, <c>online_encoder.*</c>, <c>predictor</c>, <c>merge.*</c>), loaded unchanged. Its training writes
/// <c>model.*</c> and <c>teacher.*</c> into one file: both are kept.</item>
/// <item>DSMIL's aggregator (Li 2021), here on CAMELYON16 with 512 SimCLR features: <c>i_classifier.fc.0</c> [K, D], <c>b_classifier.q.0</c> [128, D],
/// <c>q.2</c> [128, 128], <c>fcc</c> [K, K, D], sometimes <c>b_classifier.v.1</c> [D, D]; no projection. One output there is a tumour logit, so a
/// class `normal` with logit 0 is put before it: softmax over both is its sigmoid.</item>
/// </list>
/// </summary>
public static class WeightsImport
{
    const string FirstVersion = "patch_to_emb.";

    static readonly string[] Wrappers = ["state_dict.", "model.", "module."];

    /// <summary>Reads weights and writes a model folder.</summary>
    /// <param name="weightsPath">The file.</param>
    /// <param name="modelDir">Gets model.safetensors, config.json and card.json.</param>
    /// <param name="told">What they do not tell.</param>
    /// <returns>What the model was taken for.</returns>
    /// <exception cref="InputException"><c>weights-unreadable</c>, <c>weights-unknown</c>, <c>weights-mismatch</c>, <c>model-unusable</c>, <c>setting-without-use</c>, and those of <see cref="PtFile"/>.</exception>
    public static MhimOptions ToModelFolder(string weightsPath, string modelDir, WeightsImportOptions told)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var file = Read(weightsPath);
        var (weights, taught) = (Renamed(Unwrapped(file)), Renamed(Unwrapped(Within(file, "teacher."))));
        var (options, state) = Layout(weights, weightsPath, told);
        var card = Card(weights, weightsPath, options, told);
        ModelChecks.RequireImportable(options, card);
        ModelChecks.RequireWidths(weightsPath, options, state);
        using var model = Made(options, weightsPath);
        StateDict.Load(model, state, weightsPath);
        using var teacher = taught.Count == 0 ? null : Made(options, weightsPath);
        if (teacher is not null)
            StateDict.Load(teacher, taught, $"{weightsPath} (teacher)");
        ModelFolder.Save(modelDir, model, null, card, teacher);
        return options;
    }

    static ModelCard Card(Dictionary<string, Tensor> weights, string path, MhimOptions options, WeightsImportOptions told)
    {
        if (told.TimeBins is { } edges && edges.Count != options.Outputs + 1)
            throw new InputException("weights-mismatch", $"{edges.Count} edges make {edges.Count - 1} time bins; the {options.Outputs} outputs of {path} want {options.Outputs + 1}.");
        var classes = told.TimeBins is not null ? [] : told.Classes ?? (weights.TryGetValue("i_classifier.fc.0.weight", out var one) && one.shape[0] == 1
            ? ["normal", "tumour"] : [.. Enumerable.Range(0, options.Outputs).Select(c => $"class {c}")]);
        if (told.TimeBins is null && classes.Count != options.Outputs)
            throw new InputException("weights-mismatch", $"{classes.Count} class names for {options.Outputs} outputs of {path}.");
        return new ModelCard
        {
            Name = Path.GetFileNameWithoutExtension(path), Task = told.TimeBins is null ? "classification" : "survival", Classes = classes, TimeBins = told.TimeBins ?? [],
            Features = new FeatureKind(told.EncoderId, options.InputDim, null, null),
            Provenance = new Dictionary<string, string> { ["imported from"] = Path.GetFileName(path) },
        };
    }

    static MhimModel Made(MhimOptions options, string path)
    {
        try
        {
            return new MhimModel(options);
        }
        catch (ArgumentException e)
        {
            throw new InputException("weights-mismatch", $"{path}: {e.Message}", e);
        }
    }

    static (MhimOptions Options, Dictionary<string, Tensor> State) Layout(Dictionary<string, Tensor> weights, string path, WeightsImportOptions told)
    {
        var (projected, dsmil) = (weights.ContainsKey("feature.0.weight"), weights.ContainsKey("i_classifier.fc.0.weight"));
        if (!projected && !dsmil)
            throw new InputException("weights-unknown",
                $"{path} holds neither MHIM-MIL's nor DSMIL's weights; its first names are {string.Join(", ", weights.Keys.Order().Take(5))}.");
        if (!projected && (told.Activation is not null || told.MaskRatio is not null))
            throw new InputException("setting-without-use", $"{path} holds DSMIL's own weights, which have neither projection nor mask; leave --activation and --mask-ratio out.");
        // Their shapes decide what is made of them, so they are looked at first.
        foreach (var (name, sides) in projected ? (IEnumerable<(string, int)>)[("feature.0.weight", 2), ("predictor.weight", 2), ("merge.global_q_mm", 3)]
            : [("i_classifier.fc.0.weight", 2), ("i_classifier.fc.0.bias", 1), ("b_classifier.fcc.weight", 3), ("b_classifier.fcc.bias", 1)])
            if (weights.TryGetValue(name, out var weight) ? weight.dim() != sides || weight.numel() == 0 : dsmil && !projected)
                throw new InputException("weights-mismatch", $"{path}: {name} {(weight is null ? "is missing" : $"has the shape [{string.Join(", ", weight.shape)}], {sides} sides are wanted")}.");
        return projected ? (Mhim(weights, told), weights) : DsMil(weights);
    }

    static Dictionary<string, Tensor> Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".safetensors" => SafeTensors.Read(path).Tensors,
        _ => PtFile.Read(path).ToDictionary(t => t.Key, t => tensor(t.Value.ToSingles(), [.. t.Value.Shape])),
    };

    /// <summary>Without what training puts around a state dict: what wrappers write before the names, and in a checkpoint the teacher, the optimiser and so on beside it.</summary>
    static Dictionary<string, Tensor> Unwrapped(Dictionary<string, Tensor> weights)
    {
        while (Wrappers.FirstOrDefault(prefix => weights.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal))) is { } wrapper)
            weights = Within(weights, wrapper);
        return weights;
    }

    static Dictionary<string, Tensor> Within(Dictionary<string, Tensor> weights, string prefix) =>
        weights.Where(w => w.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(w => w.Key[prefix.Length..], w => w.Value);

    /// <summary>Version 1's name of the projection as version 2 has it.</summary>
    static Dictionary<string, Tensor> Renamed(Dictionary<string, Tensor> weights) =>
        weights.ToDictionary(w => w.Key.StartsWith(FirstVersion, StringComparison.Ordinal) ? "feature." + w.Key[FirstVersion.Length..] : w.Key, w => w.Value);

    static MhimOptions Mhim(Dictionary<string, Tensor> weights, WeightsImportOptions told)
    {
        var kind = weights.ContainsKey("online_encoder.cls_token") ? BackboneKind.TransMil
            : weights.ContainsKey("online_encoder.i_classifier.0.weight") ? BackboneKind.DsMil
            : weights.ContainsKey("online_encoder.attention.attention_c.weight") ? BackboneKind.GatedAbMil
            : BackboneKind.AbMil;
        var recycles = weights.TryGetValue("merge.global_q_mm", out var tokens);
        var (projection, predictor) = (weights["feature.0.weight"].shape, weights.TryGetValue("predictor.weight", out var p) ? p.shape : [2]);
        return new MhimOptions
        {
            InputDim = (int)projection[1], EmbedDim = (int)projection[0], Outputs = (int)predictor[0], Activation = told.Activation ?? (recycles ? ActivationKind.Gelu : ActivationKind.Relu),
            Backbone = new BackboneOptions { Kind = kind },
            // Without a recycle network it may be v1's or a plain baseline's: nothing tells, so no mask is claimed unless somebody names one.
            Masking = told.MaskRatio is { } ratio ? new MaskingOptions { RatioHigh = ratio } : recycles ? new MaskingOptions() : null,
            Recycling = recycles ? new RecyclingOptions { Tokens = (int)tokens!.shape[1] } : null,
        };
    }

    static (MhimOptions, Dictionary<string, Tensor>) DsMil(Dictionary<string, Tensor> weights)
    {
        var instance = weights["i_classifier.fc.0.weight"];
        var (given, dim) = (instance.shape[0], instance.shape[1]);
        var before = given == 1 ? 1 : 0;      // a class of zeros goes first where there is one output only
        var classes = given + before;
        var options = new MhimOptions
        {
            InputDim = (int)dim, EmbedDim = (int)dim, Outputs = (int)classes, Projection = false, Masking = null, Recycling = null,
            Backbone = new BackboneOptions { Kind = BackboneKind.DsMil, Values = weights.ContainsKey("b_classifier.v.1.weight") },
        };
        var state = new Dictionary<string, Tensor>
        {
            ["online_encoder.i_classifier.0.weight"] = nn.functional.pad(instance, [0, 0, before, 0]),
            ["online_encoder.i_classifier.0.bias"] = nn.functional.pad(weights["i_classifier.fc.0.bias"], [before, 0]),
            ["online_encoder.b_classifier.fcc.weight"] = nn.functional.pad(weights["b_classifier.fcc.weight"], [0, 0, before, 0, before, 0]),
            ["online_encoder.b_classifier.fcc.bias"] = nn.functional.pad(weights["b_classifier.fcc.bias"], [before, 0]),
            ["predictor.weight"] = zeros(classes, dim),
            ["predictor.bias"] = zeros(classes),
        };
        foreach (var (name, weight) in weights)
            if (name.StartsWith("b_classifier.q.", StringComparison.Ordinal) || name.StartsWith("b_classifier.v.", StringComparison.Ordinal))
                state["online_encoder." + name] = weight;
        return (options, state);
    }
}
