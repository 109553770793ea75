using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Mil;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>A training of <c>hard-instances</c>.</summary>
/// <param name="Options">Model and training; without masking it is a baseline.</param>
/// <param name="Test">Whether the test part is read, after training has ended; a search reads validation alone.</param>
internal sealed record HardTraining(RunOptions Options, bool Test)
{
    /// <summary>The baseline of a run, tested and kept.</summary>
    public static HardTraining Baseline(RunOptions options) => new(options with { Model = options.Model.AsBaseline() }, Test: true) { Kept = true };

    public bool IsBaseline => Options.Model.Masking is null;

    /// <summary>Which of several trainings that differ in nothing but their random numbers; MHIM's begins with the baseline of the same.</summary>
    public int Restart { get; init; }

    /// <summary>Whether its weights must be there afterwards, for a MHIM to begin with.</summary>
    public bool Kept { get; init; }

    /// <summary>Tells it from every other one.</summary>
    public string Key
    {
        get
        {
            var (m, t) = (Options.Model, IsBaseline ? Options.Baseline : Options.Training);
            var training = $"{m.Backbone.Kind} w{m.EmbedDim} do{m.Dropout} e{t.Epochs} lr{t.LearningRate} wd{t.WeightDecay} p{t.Patience}/{t.MinEpochs}";
            if (Options.Precision == ComputePrecision.BFloat16)
                training += " bf16";
            if (Restart > 0)
                training += $" again {Restart}";
            var b = Options.Baseline;
            return IsBaseline
                ? $"plain {training}"
                : $"mhim {training} from e{b.Epochs} lr{b.LearningRate}{(b.WeightDecay == t.WeightDecay ? "" : $" wd{b.WeightDecay}")} {Options.Student} h{m.Masking!.RatioHigh}/{m.Masking.RatioHighRandom} {m.Recycling?.KeepRatio}/{m.Recycling?.Tokens}/{m.Recycling?.Momentum} "
                    + $"mm{m.Teacher.Momentum} {m.Teacher.Scores} a{m.Consistency.Weight}{(Options.TeacherFromBaseline ? "" : " own teacher")}";
        }
    }
}

/// <summary>What a training came to. <see cref="Test"/> is NaN where the test part was not read.</summary>
internal sealed record HardResult(string Key, double Validation, double ValidationLoss, double Test, int BestEpoch, double Seconds)
{
    /// <summary>Shares of the subtle and of the salient instances that the teacher's mask would take, at the start and at the end.</summary>
    public double[] Masked { get; init; } = [];

    /// <summary>When it was trained, UTC; null for one that is older than this entry.</summary>
    public DateTime? At { get; init; }

    /// <summary>Whether it was read from a file of an earlier run.</summary>
    [JsonIgnore]
    public bool IsRemembered { get; init; }
}

/// <summary>
/// All trainings on the bags of one seed and shift. The baseline is trained once, and every MHIM has its teacher start from it. What is known is kept as
/// JSON lines under .mhim/hard-instances, so that a benchmark that was stopped goes on; the tables say of which rows that is so.
/// </summary>
internal sealed class HardInstancesTrainings : IDisposable
{
    static readonly Lock Gate = new();
    static readonly Dictionary<string, HardResult> Known = [];
    static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    static readonly string Folder = Path.Combine(".mhim", "hard-instances");
    static readonly string Lines = Path.Combine(Folder, "results.jsonl");

    readonly string _bagsKey;
    readonly HardInstancesBags _bags;
    readonly BagStore _store;
    readonly Classification _task = new(2);
    readonly int _seed;
    readonly Action<string>? _say;

    static HardInstancesTrainings()
    {
        Directory.CreateDirectory(Folder);
        if (File.Exists(Lines))
            foreach (var result in File.ReadLines(Lines).Select(Read).OfType<HardResult>())
                Known[result.Key] = result with { IsRemembered = true };
    }

    /// <summary>Null for a line that was cut off, or into which another was written.</summary>
    static HardResult? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<HardResult>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public HardInstancesTrainings(HardShape shape, double shift, int seed, Action<string>? say = null)
    {
        (_seed, _say) = (seed, say);
        _bagsKey = string.Create(CultureInfo.InvariantCulture, $"{shape} b{shift:0.000} seed {seed}: ");
        _bags = new HardInstancesBags(shape, shift, seed);
        _store = new BagStore(_bags, CPU, 5L << 30);
    }

    public HardResult Get(HardTraining training)
    {
        var key = _bagsKey + training.Key;
        lock (Gate)
            if (Known.TryGetValue(key, out var known) && !(training.Test && double.IsNaN(known.Test)) && !(training.Kept && !File.Exists(WeightsFile(key))))
                return known;
        var (model, result) = Train(training);
        using var _ = model;
        if (training.Kept)
            SafeTensors.Write(WeightsFile(key), new Dictionary<string, Tensor> { ["weights"] = model.Weights.All });
        lock (Gate)
        {
            Known[key] = result;
            File.AppendAllText(Lines, JsonSerializer.Serialize(result, Json) + "\n");
        }
        _say?.Invoke($"    {key}  validation {result.Validation:0.000}  test {result.Test:0.000}  epoch {result.BestEpoch}  {result.Seconds:0} s");
        return result;
    }

    (MhimModel, HardResult) Train(HardTraining training)
    {
        using var baseline = training.IsBaseline ? null : Baseline(training);
        // As a run of the library does it: FoldRun.
        var seed = (ulong)Seeds.Mix((ulong)_seed, (ulong)training.Restart, baseline is null ? 1u : 2u);
        var model = new MhimModel(Shaped(training.Options.Model), seed);
        if (baseline is not null)
            StateDict.Start(model, baseline, training.Options.Student);
        using var teacher = baseline is null ? null : Teachers.Start(model, baseline, training.Options);
        List<double> masked = teacher is null ? [] : [.. Masked(teacher)];
        var trainer = new Trainer(model, teacher, _task, baseline is null ? training.Options.Baseline : training.Options.Training, seed, training.Options.Precision);
        var watch = Stopwatch.StartNew();
        var trained = trainer.Fit(_store, _bags.Split.Train, _bags.Split.Validation, null, null, 0, CancellationToken.None);
        if (teacher is not null)
            masked.AddRange(Masked(teacher));
        var seconds = watch.Elapsed.TotalSeconds;
        var best = trained.Epochs[trained.BestEpoch];
        var test = training.Test ? _task.Score(_bags.Split.Test, Trainer.Evaluate(model, _task, _store, _bags.Split.Test).Answers) : double.NaN;
        return (model, new HardResult(_bagsKey + training.Key, trained.Score, best.ValidationLoss, test, trained.BestEpoch, seconds) { Masked = [.. masked], At = DateTime.UtcNow });
    }

    MhimModel Baseline(HardTraining mhim)
    {
        var training = HardTraining.Baseline(mhim.Options) with { Restart = mhim.Restart };
        Get(training);
        var model = new MhimModel(Shaped(training.Options.Model));
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        model.Weights.All.copy_(SafeTensors.Read(WeightsFile(_bagsKey + training.Key)).Tensors["weights"]);
        return model;
    }

    MhimOptions Shaped(MhimOptions model) => model with { InputDim = _store.Kind?.Dim ?? Kind(), Outputs = 2 };

    int Kind()
    {
        _store.Count(_bags.Split.Train[0]);
        return _store.Kind!.Dim;
    }

    /// <summary>Share of the subtle and of the salient instances of the training bags that are masked.</summary>
    IEnumerable<double> Masked(ITeacher teacher)
    {
        if (teacher.Model.Options.Masking!.RatioHigh <= 0)
            return [0, 0];
        using var draws = new SeededDraws(7, CPU);
        double subtle = 0, salient = 0, subtleOf = 0, salientOf = 0;
        foreach (var row in _bags.Split.Train.Where(row => row.Label == 1))
        {
            using var scope = NewDisposeScope();
            var x = _store.Get(row).X;
            var scores = teacher.Teach(x, draws).Scores;
            if (scores.dim() > 1)
                scores = scores.mean([0]);
            var taken = scores.topk((int)Math.Ceiling(x.shape[0] * teacher.Model.Options.Masking.RatioHigh), 0).indexes.data<long>().ToArray();
            var shape = _bags.Shape;
            subtle += taken.Count(i => i < shape.Subtle);
            subtleOf += shape.Subtle;
            if (!_bags.IsSalient(row))
                continue;
            salient += taken.Count(i => i >= shape.Subtle && i < shape.Subtle + shape.Salient);
            salientOf += shape.Salient;
        }
        return [subtle / subtleOf, salient / salientOf];
    }

    static string WeightsFile(string key) =>
        Path.Combine(Folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)))[..20] + ".safetensors");

    /// <summary>The bags lie in managed memory, of which the collector does not know that nobody needs it.</summary>
    public void Dispose()
    {
        _store.Dispose();
        GC.Collect();
    }
}
