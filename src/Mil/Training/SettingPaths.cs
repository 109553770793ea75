using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mhim.Features;
using Mhim.Mil.Checkpoints;

namespace Mhim.Mil.Training;

/// <summary>Single settings by their path in a run's <c>options.json</c>, such as <c>model.teacher.momentum=0.99</c>: all of the method, also what has no option of its own.</summary>
public static class SettingPaths
{
    // What else a run has (folds, seed, memory, …) is no setting of the method.
    static readonly string[] Roots = ["model", "baseline", "training", "teacherFromBaseline", "student"];

    // Taken from the features and the cohort.
    static readonly string[] Given = ["model.inputDim", "model.outputs"];

    // What a run without a mask, a baseline alone, has no use for.
    static readonly string[] OfMhim = ["training", "student", "teacherFromBaseline", "model.teacher", "model.consistency", "model.recycling"];

    /// <summary>Changes settings, one after the other.</summary>
    /// <param name="options">What is changed.</param>
    /// <param name="assignments">Each <c>PATH=VALUE</c>; <c>null</c> takes a part out (<c>model.recycling=null</c>), and a setting of a part that is not there brings it in with its defaults.</param>
    /// <exception cref="InputException"><c>setting-unknown</c>, with the names that are known there; <c>setting-unreadable</c>; <c>setting-without-use</c> for what a search varies, and for MHIM's in a run that trains a baseline alone;
    /// <c>model-options</c> for numbers that a model cannot have.</exception>
    public static RunOptions Set(RunOptions options, IEnumerable<string> assignments)
    {
        var said = new List<(string Path, string Text)>();
        foreach (var assignment in assignments)
        {
            var (path, text) = assignment.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, { Length: > 0 } given] ? (name, given)
                : throw new InputException("setting-unreadable", $"`{assignment}` is no setting; write PATH=VALUE, for example model.teacher.momentum=0.99.");
            if (options.Search is { } search && search.Varies(options.Model).Contains(path))
                throw new InputException("setting-without-use", $"A search varies {path}; name it by its own option (mhim train --help), which the search keeps to.");
            options = Set(options, path, text);
            RequireModel(options.Model ?? throw new InputException("setting-unreadable", "model cannot be null; its parts masking and recycling can."), path);
            Require(options.Baseline, path);
            Require(options.Training, path);
            said.Add((path, text));
        }
        RequireUse(options, said);
        return options;
    }

    static void RequireModel(MhimOptions model, string path)
    {
        try
        {
            MhimModel.Require(model);
        }
        catch (InputException e)
        {
            throw new InputException(e.Code, $"{path}: {e.Message}", e);
        }
    }

    static void RequireUse(RunOptions options, List<(string Path, string Text)> said)
    {
        if (options.Model.Masking is not null || said.Count == 0)
            return;
        if (options.Search is not null)
            throw new InputException("setting-without-use", "A search varies MHIM's settings, and without model.masking there is no MHIM; leave one of the two out.");
        // What takes a part out that is not there does no harm.
        if (said.FirstOrDefault(set => set.Text != "null" && OfMhim.Any(root => set.Path == root || set.Path.StartsWith(root + ".", StringComparison.Ordinal))).Path is { } idle)
            throw new InputException("setting-without-use", $"{idle} is MHIM's, and a run without model.masking trains a baseline alone: set {(idle.StartsWith("training", StringComparison.Ordinal) ? $"baseline{idle["training".Length..]}" : "what the baseline has")} instead, or take MHIM (--preset mhim-v2).");
    }

    static RunOptions Set(RunOptions options, string path, string text)
    {
        var root = JsonNode.Parse(MilJson.Text(options))!.AsObject();
        var (at, type, names) = (root, typeof(RunOptions), path.Split('.'));
        for (var depth = 0; depth < names.Length; depth++)
        {
            var known = NamesOf(type, string.Join('.', names[..depth]));
            if (!known.TryGetValue(names[depth], out var inner))
                throw new InputException("setting-unknown", $"There is no setting {path}; known {(depth == 0 ? "are" : $"in {string.Join('.', names[..depth])} are")} {string.Join(", ", known.Keys)}.");
            if (depth == names.Length - 1)
                at[names[depth]] = Value(text);
            else
                at = at[names[depth]] as JsonObject ?? (JsonObject)(at[names[depth]] = new JsonObject())!;
            type = inner;
        }
        try
        {
            return MilJson.Parse<RunOptions>(root.ToJsonString());
        }
        catch (JsonException)
        {
            var allowed = Nullable.GetUnderlyingType(type) ?? type;
            throw new InputException("setting-unreadable", $"{path} cannot be `{text}`{(allowed.IsEnum ? "; it is one of " + string.Join(", ", Enum.GetNames(allowed)) : "")}.");
        }
    }

    static JsonNode? Value(string text) => text switch
    {
        "null" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        _ => text,
    };

    static Dictionary<string, Type> NamesOf(Type type, string path) => type.Assembly != typeof(RunOptions).Assembly || type.IsEnum ? [] : type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite).Select(property => (Name: JsonNamingPolicy.CamelCase.ConvertName(property.Name), property.PropertyType))
        .Where(property => path.Length > 0 ? !Given.Contains($"{path}.{property.Name}") : Roots.Contains(property.Name)).ToDictionary(property => property.Name, property => property.PropertyType);

    static void Require(TrainingOptions? training, string path)
    {
        if (training is not { Epochs: >= 1, LearningRate: > 0 and <= 1, WeightDecay: >= 0 and <= 1, Patience: >= 0, MinEpochs: >= 0 })
            throw new InputException("setting-unreadable", $"{path} is out of range: epochs is 1 or more, learningRate lies above 0 and is at most 1, weightDecay is from 0 to 1, patience and minEpochs are 0 or more.");
    }
}
