using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests.Golden;

/// <summary>
/// Replays every recorded training in the folder that MHIM_GOLDEN names (default ../shared/golden): same start weights, same draws, same
/// numbers at every step.
/// </summary>
public sealed class GoldenTests
{
    const double Relative = 1e-4, Gradient = 1e-3, WeightMax = 1e-4, WeightMean = 1e-5;

    public static TheoryData<string> Files() => new(GoldenFolder.Files("*.safetensors"));

    [GoldenTheory]
    [MemberData(nameof(Files))]
    public void The_recorded_training_is_repeated(string name) => Replay(name, ScalarType.Float32);

    [GoldenTheory]
    [MemberData(nameof(Files))]
    public void In_float64_every_single_weight_is_repeated(string name) => Replay(name, ScalarType.Float64);

    static void Replay(string name, ScalarType precision)
    {
        using var golden = new GoldenFile(Path.Combine(GoldenFolder.Path!, name));
        using var student = Model(golden, "student.", precision);
        using var teacher = golden.IsPure ? null : new MomentumTeacher(Model(golden, "teacher.", precision));
        using var optimiser = new Adam(student.Weights, golden.Number("weight_decay"));
        IMilTask task = golden.Text("task") == "surv"
            ? new Survival(new SurvivalBins([.. Enumerable.Range(0, student.Options.Outputs + 1).Select(edge => (double)edge)]))
            : new Classification(student.Options.Outputs);
        var step = new TrainingStep(student, teacher, task, optimiser);
        var unknown = golden.Tensors.Keys.Where(key => !IsCompared(key)).ToList();
        Assert.True(unknown.Count == 0, $"{name} records {string.Join(", ", unknown)}, which no comparison here knows.");

        for (var i = 0; i < golden.Steps; i++)
        {
            using var scope = NewDisposeScope();
            var at = $"step{i}.";
            var censored = golden.Tensors.TryGetValue(at + "censored", out var c) && c.item<float>() != 0;
            var target = new Target((int)golden[at + "y"].item<long>(), censored);
            var trace = step.Run(golden[at + "x"][0].to(precision), default, target, golden.Number("lr"), 0, golden.Draws(i));

            Close(golden[at + "logits"], trace.Logits, Relative, at + "logits");
            Close(golden["loss"][i], trace.Loss, Relative, at + "loss");
            if (teacher is null)
                continue;
            Assert.Equal(golden["kept"][i].item<long>(), trace.Instances);
            Close(golden[at + "score"], trace.Teacher!.Scores.unsqueeze(0), Relative, at + "score");
            Close(golden[at + "teacher_feat"], trace.Teacher.Embedding, Relative, at + "teacher_feat");
            Close(golden["loss_main"][i], trace.TaskLoss, Relative, at + "loss_main");
            // Without weight there is none; what was recorded of it then has no part in the loss.
            Assert.Equal(student.Options.Consistency.Weight > 0, trace.ConsistencyLoss is not null);
            if (trace.ConsistencyLoss is not null)
                Close(golden["loss_aux"][i], trace.ConsistencyLoss, Relative, at + "loss_aux");
            if (i == 0)
                CompareGradients(golden, student);
        }

        CompareWeights(golden.Under("final_student."), student, "final student");
        if (teacher is not null)
            CompareWeights(golden.Under("final_teacher."), teacher.Model, "final teacher");
        if (golden.Tensors.ContainsKey("test.x"))
            CompareInference(golden, student);
    }

    static MhimModel Model(GoldenFile golden, string prefix, ScalarType precision)
    {
        var model = new MhimModel(golden.Options(), 0, CPU, precision);
        StateDict.Load(model, golden.Under(prefix), prefix);
        return model;
    }

    static void CompareGradients(GoldenFile golden, MhimModel student)
    {
        foreach (var (name, expected) in golden.Under("grad0."))
            Close(expected, student.named_parameters().Single(p => p.name == name).parameter.grad!, Gradient, "grad0." + name);
    }

    static void CompareWeights(Dictionary<string, Tensor> expected, MhimModel model, string what)
    {
        var state = StateDict.Of(model);
        Assert.Equal(state.Keys.Order(), expected.Keys.Order());
        double sum = 0, count = 0;
        foreach (var (name, tensor) in expected)
        {
            var difference = (tensor.to(ScalarType.Float64) - state[name].to(ScalarType.Float64)).abs();
            Assert.True(difference.max().item<double>() <= WeightMax, $"{what} {name}: off by {difference.max().item<double>()}");
            sum += difference.sum().item<double>();
            count += difference.numel();
        }
        Assert.True(sum / count <= WeightMean, $"{what}: off by {sum / count} on average");
    }

    static void CompareInference(GoldenFile golden, MhimModel student)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var bag = student.Read(golden["test.x"][0].to(student.Weights.All.dtype), instances: true);
        Close(golden["test.logits"], bag.Logits, Relative, "test.logits");
        // One layer: what the teacher would rank by, except that AB-MIL's is its attention. Two layers: each layer's attention.
        if (golden.Tensors.TryGetValue("test.attn", out var attention))
            Close(attention, golden.Text("baseline") == "attn" ? bag.Attention! : student.Backbone.Scores(bag, student.Options.Teacher.Scores), Relative, "test.attn");
        if (golden.Tensors.TryGetValue("test.attn0", out var first))
            Close(first, bag.Attention!, Relative, "test.attn0");
        if (golden.Tensors.TryGetValue("test.attn1", out var second))
            Close(second, bag.LaterAttention!, Relative, "test.attn1");
        if (!golden.Tensors.TryGetValue("test.logits_ins", out var best))
            return;
        // DSMIL's logits are the mean of these two.
        var top = bag.Evidence!.amax(0);
        Close(best, top, Relative, "test.logits_ins");
        Close(golden["test.logits_bag"], bag.Logits * 2 - top, Relative, "test.logits_bag");
    }

    static readonly string[] Whole = ["kept", "loss", "loss_aux", "loss_main", "test.attn", "test.attn0", "test.attn1", "test.logits", "test.logits_bag", "test.logits_ins", "test.x"];

    // Of a step DSMIL's two halves are compared by their sum.
    static readonly string[] OfStep = ["x", "y", "censored", "logits", "logits_bag", "logits_ins", "score", "teacher_feat", "recycle_noise"];

    static bool IsCompared(string key) => Whole.Contains(key)
        || new[] { "student.", "teacher.", "final_student.", "final_teacher.", "grad0." }.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))
        || key.Split('.', 2) is [var step, var part] && step.StartsWith("step", StringComparison.Ordinal) && (OfStep.Contains(part) || part.StartsWith("perm", StringComparison.Ordinal));

    /// <summary>Within a share of the largest number of the tensor.</summary>
    static void Close(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.True(expected.numel() == actual.numel(), $"{what}: [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
        (expected, actual) = (expected.reshape(-1).to(ScalarType.Float64), actual.detach().reshape(-1).to(ScalarType.Float64));
        var scale = Math.Max(expected.abs().max().item<double>(), 1e-8);
        var difference = (expected - actual).abs().max().item<double>();
        Assert.True(difference <= tolerance * scale, $"{what}: off by {difference}, the largest number is {scale}");
    }
}
