using System.Diagnostics;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>How a training went.</summary>
internal sealed record Trained(int BestEpoch, double Score, IReadOnlyList<EpochRecord> Epochs, double Seconds);

/// <summary>The one training loop, for every task and backbone: one bag a step, the weights of the best epoch on validation are kept.</summary>
/// <param name="student">Trained in place.</param>
/// <param name="teacher">Null for a baseline. Ends as it was at the best epoch, like the student.</param>
/// <param name="task">What is asked.</param>
/// <param name="options">How.</param>
/// <param name="seed">Decides the order of the bags and the draws.</param>
/// <param name="precision">Of the instances in training; validation is always in float32.</param>
internal sealed class Trainer(MhimModel student, ITeacher? teacher, IMilTask task, TrainingOptions options, ulong seed,
    ComputePrecision precision = ComputePrecision.Float32)
{
    /// <summary>Code of the error when weights or answers are no longer numbers.</summary>
    public const string Diverged = "training-diverged";

    /// <summary>Trains, or goes on from a checkpoint as if nothing had happened.</summary>
    /// <param name="bags">Where rows become tensors.</param>
    /// <param name="train">Rows to learn from, at least one.</param>
    /// <param name="validation">Rows to choose the epoch by; if empty, the last epoch is taken.</param>
    /// <param name="afterEpoch">Told the epoch and what came out.</param>
    /// <param name="checkpoint">File that holds the training's state; null: none is kept.</param>
    /// <param name="checkpointSeconds">How often it is written.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    /// <exception cref="InputException"><c>training-diverged</c>: not one epoch ended with numbers.</exception>
    public Trained Fit(BagStore bags, IReadOnlyList<CohortRow> train, IReadOnlyList<CohortRow> validation,
        Action<int, EpochRecord>? afterEpoch, string? checkpoint, double checkpointSeconds, CancellationToken cancellation)
    {
        using var normal = Denormals.Flush();
        using var optimiser = new Adam(student.Weights, options.WeightDecay);
        using var draws = new SeededDraws(seed, student.Weights.All.device);
        using var best = student.Weights.All.clone().DetachFromDisposeScope();
        using var bestTeacher = teacher?.Model.Weights.All.clone().DetachFromDisposeScope();
        var step = new TrainingStep(student, teacher, task, optimiser, precision);
        var steps = (long)options.Epochs * train.Count;
        var state = TrainingState.Resume(checkpoint, student, teacher, optimiser, best, bestTeacher);
        var (saved, watch, before) = (Stopwatch.StartNew(), Stopwatch.StartNew(), state.Seconds);

        while (state.Epoch < options.Epochs && !Stopped(state))
        {
            var order = Seeds.Order(train.Count, (ulong)Seeds.Mix(seed, (ulong)state.Epoch, 3));
            while (state.Position < order.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                if (checkpoint is not null && saved.Elapsed.TotalSeconds >= checkpointSeconds && optimiser.Steps > state.Steps)
                {
                    state.Seconds = before + watch.Elapsed.TotalSeconds;
                    state.Save(checkpoint, student, teacher, optimiser, best, bestTeacher);
                    saved.Restart();
                }
                using var scope = NewDisposeScope();
                var row = train[order[state.Position]];
                var bag = bags.Get(row, state.Position + 1 < order.Length ? train[order[state.Position + 1]] : null);
                draws.BeginStep(optimiser.Steps);
                var progress = optimiser.Steps / (double)steps;
                var rate = options.Cosine ? options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * progress)) : options.LearningRate;
                var trace = step.Run(bag.X, bag.Coords, task.TargetOf(row), rate, progress, draws);
                state.Loss += trace.Loss.item<float>();
                state.Kept += trace.Instances / (double)bag.X.shape[0];
                state.Instances += trace.Instances;
                state.Position++;
            }
            EndEpoch(state, best, bestTeacher, bags, train.Count, validation);
            afterEpoch?.Invoke(state.Epoch - 1, state.Epochs[^1]);
        }

        using (NewDisposeScope())
            if (double.IsPositiveInfinity(state.BestLoss) || !best.isfinite().all().item<bool>())
                throw new InputException(Diverged, $"The training came to weights that are not numbers (learning rate {options.LearningRate}): take a smaller one, or standardise the features.");
        Copy(best, student.Weights.All);
        if (bestTeacher is not null)
            Copy(bestTeacher, teacher!.Model.Weights.All);
        return new Trained(state.BestEpoch, state.Epochs[state.BestEpoch].Score, state.Epochs, before + watch.Elapsed.TotalSeconds);
    }

    void EndEpoch(TrainingState state, Tensor best, Tensor? bestTeacher, BagStore bags, int trained, IReadOnlyList<CohortRow> validation)
    {
        var (answers, loss) = Evaluate(student, task, bags, validation);
        // An epoch that ends in no numbers is never the best, unless all do.
        if (answers.Any(answer => answer.Outputs.Any(number => !double.IsFinite(number))))
            (answers, loss) = ([], double.PositiveInfinity);
        var score = answers.Count == 0 ? double.NaN : task.Score(validation, answers);
        state.Epochs.Add(new EpochRecord(state.Loss / trained, double.IsFinite(loss) ? loss : double.NaN, score, state.Kept / trained) { Instances = state.Instances / trained });
        // Small validation parts give many equal scores: the lower loss decides among them.
        var value = Value(score);
        if (validation.Count == 0 || value > state.BestScore || value == state.BestScore && loss < state.BestLoss)
        {
            (state.BestEpoch, state.BestScore, state.BestLoss) = (state.Epoch, value, loss);
            Copy(student.Weights.All, best);
            if (bestTeacher is not null)
                Copy(teacher!.Model.Weights.All, bestTeacher);
        }
        (state.Epoch, state.Position, state.Loss, state.Kept, state.Instances) = (state.Epoch + 1, 0, 0, 0, 0);
    }

    /// <summary>What a score counts where trainings are weighed: one that cannot be told, as of one class alone, is 0, and the loss decides.</summary>
    public static double Value(double score) => double.IsNaN(score) ? 0 : score;

    bool Stopped(TrainingState state) =>
        options.Patience > 0 && state.Epoch >= options.MinEpochs && state.Epoch - 1 - state.BestEpoch >= options.Patience;

    /// <summary>What a model says of whole bags, and its mean task loss.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">What is asked.</param>
    /// <param name="bags">Where rows become tensors.</param>
    /// <param name="rows">Of whom.</param>
    /// <param name="temperature">Divides the logits of the answers, not of the loss.</param>
    public static (IReadOnlyList<Decoded> Answers, double Loss) Evaluate(MhimModel model, IMilTask task, BagStore bags, IReadOnlyList<CohortRow> rows, double temperature = 1)
    {
        using var normal = Denormals.Flush();
        using var _ = no_grad();
        var answers = new List<Decoded>();
        double loss = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            using var scope = NewDisposeScope();
            var logits = model.Read(bags.Get(rows[i], i + 1 < rows.Count ? rows[i + 1] : null).X).Logits;
            loss += task.Loss(logits, task.TargetOf(rows[i])).item<float>();
            answers.Add(task.Decode(Temper(logits.cpu().data<float>().ToArray(), temperature)));
        }
        return (answers, rows.Count == 0 ? double.NaN : loss / rows.Count);
    }

    /// <summary>Divides logits by a temperature, in place.</summary>
    public static float[] Temper(float[] logits, double temperature)
    {
        for (var c = 0; temperature != 1 && c < logits.Length; c++)
            logits[c] = (float)(logits[c] / temperature);
        return logits;
    }

    static void Copy(Tensor from, Tensor to)
    {
        using var _ = no_grad();
        to.copy_(from);
    }
}
