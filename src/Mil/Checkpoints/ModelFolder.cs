using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Checkpoints;

/// <summary>A model on disk: <c>model.safetensors</c>, <c>config.json</c> (what it is made of) and <c>card.json</c> (what it is for).</summary>
internal static class ModelFolder
{
    internal const string CardFile = "card.json", MeanKey = "input.mean", ScaleKey = "input.scale";
    const string WeightsFile = "model.safetensors", ConfigFile = "config.json", TeacherPrefix = "teacher.";

    /// <summary>Files whose hashes a card carries, by their names in its provenance.</summary>
    internal static readonly IReadOnlyList<(string Name, string File)> Hashed = [("weights", WeightsFile), ("config", ConfigFile)];

    /// <summary>Whether a folder holds a whole model: the card is written last.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, CardFile));

    /// <summary>Writes weights, statistics of the features, configuration and card.</summary>
    /// <param name="folder">Made if needed.</param>
    /// <param name="model">The model that answers: the student.</param>
    /// <param name="scaler">Statistics of the features.</param>
    /// <param name="card">Written last.</param>
    /// <param name="teacher">Who says which instances are easy; kept in the same file under <c>teacher.</c>, so that it goes wherever the model goes.</param>
    public static void Save(string folder, MhimModel model, FeatureScaler? scaler, ModelCard card, MhimModel? teacher = null)
    {
        using var scope = NewDisposeScope();
        var tensors = StateDict.Of(model);
        if (teacher is not null)
            foreach (var (name, tensor) in StateDict.Of(teacher))
                tensors[TeacherPrefix + name] = tensor;
        if (scaler is not null)
        {
            tensors[MeanKey] = tensor(scaler.Mean);
            tensors[ScaleKey] = tensor(scaler.Scale);
        }
        var weights = Path.Combine(folder, WeightsFile);
        SafeTensors.Write(weights, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        MilJson.Write(Path.Combine(folder, ConfigFile), model.Options);
        WriteCard(folder, card);
    }

    /// <summary>Copies a model as it is, under another card.</summary>
    public static void Copy(string from, string to, ModelCard card)
    {
        foreach (var file in (string[])[WeightsFile, ConfigFile])
            AtomicFile.Write(Path.Combine(to, file), temporary => File.Copy(Path.Combine(from, file), temporary));
        WriteCard(to, card);
    }

    /// <summary>Writes the card again, with the hashes of weights and configuration that lie beside it.</summary>
    public static void WriteCard(string folder, ModelCard card)
    {
        var provenance = new SortedDictionary<string, string>(card.Provenance.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, file) in Hashed)
            provenance[name] = ModelChecks.Hash(Path.Combine(folder, file));
        MilJson.Write(Path.Combine(folder, CardFile), card with { Provenance = provenance });
    }

    public static ModelCard ReadCard(string folder) => MilJson.Read<ModelCard>(Path.Combine(folder, CardFile), "model-unreadable");

    /// <summary>Reads a model, without its teacher.</summary>
    /// <exception cref="InputException"><c>model-missing</c>, <c>model-unreadable</c>, <c>weights-unreadable</c>, <c>weights-mismatch</c>.</exception>
    public static (MhimModel Model, FeatureScaler? Scaler, ModelCard Card) Load(string folder, Device device)
    {
        var (model, teacher, scaler, card) = LoadWithTeacher(folder, device);
        teacher?.Dispose();
        return (model, scaler, card);
    }

    /// <summary>Reads a model and, where it was kept, its teacher.</summary>
    /// <exception cref="InputException">As above.</exception>
    public static (MhimModel Model, MhimModel? Teacher, FeatureScaler? Scaler, ModelCard Card) LoadWithTeacher(string folder, Device device)
    {
        foreach (var file in (string[])[WeightsFile, ConfigFile, CardFile])
            if (!File.Exists(Path.Combine(folder, file)))
                throw new InputException("model-missing", $"{folder} holds no model: {file} is not there.");
        var options = MilJson.Read<MhimOptions>(Path.Combine(folder, ConfigFile), "model-unreadable");
        var card = ReadCard(folder);
        ModelChecks.Require(folder, options, card);
        using var scope = NewDisposeScope();
        var (tensors, _) = SafeTensors.Read(Path.Combine(folder, WeightsFile));
        tensors.Remove(MeanKey, out var mean);
        tensors.Remove(ScaleKey, out var scale);
        var scaler = ModelChecks.Scaler(folder, options.InputDim, mean, scale);
        var taught = tensors.Where(t => t.Key.StartsWith(TeacherPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[TeacherPrefix.Length..], t => t.Value);
        foreach (var name in taught.Keys)
            tensors.Remove(TeacherPrefix + name);
        var model = Filled(tensors, folder);
        MhimModel? teacher = null;
        try
        {
            teacher = taught.Count == 0 ? null : Filled(taught, $"{folder} (teacher)");
            ModelChecks.RequireHashes(folder, card);
            return (model, teacher, scaler, card);
        }
        catch
        {
            model.Dispose();
            teacher?.Dispose();
            throw;
        }

        MhimModel Filled(Dictionary<string, Tensor> weights, string source)
        {
            ModelChecks.RequireWidths(source, options, weights);
            MhimModel? made = null;
            try
            {
                made = new MhimModel(options, device: device);
                StateDict.Load(made, weights, source);
                return made;
            }
            catch (Exception e)
            {
                made?.Dispose();
                throw e is ArgumentException ? new InputException("model-unreadable", $"{Path.Combine(folder, ConfigFile)}: {e.Message}", e) : e;
            }
        }
    }
}
