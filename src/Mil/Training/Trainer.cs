using Mhim.Mil.Cohorts;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>How a training went.</summary>
internal sealed record Trained(int BestEpoch, double Score, IReadOnlyList<EpochRecord> Epochs);

/// <summary>The one training loop, for every task and backbone: one bag a step, the weights of the best epoch on validation are kept.</summary>
/// <param name="student">Trained in place.</param>
/// <param name="teacher">Null for a baseline.</param>
/// <param name="task">What is asked.</param>
/// <param name="options">How.</param>
/// <param name="seed">Decides the order of the bags and the draws.</param>
internal sealed class Trainer(MhimModel student, ITeacher? teacher, IMilTask task, TrainingOptions options, ulong seed)
{
    /// <summary>Trains.</summary>
    /// <param name="bags">Where rows become tensors.</param>
    /// <param name="train">Rows to learn from, at least one.</param>
    /// <param name="validation">Rows to choose the epoch by; if empty, the last epoch is taken.</param>
    /// <param name="afterEpoch">Told the epoch and what came out.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    public Trained Fit(BagStore bags, IReadOnlyList<CohortRow> train, IReadOnlyList<CohortRow> validation,
        Action<int, EpochRecord>? afterEpoch, CancellationToken cancellation)
    {
        using var optimiser = new Adam(student.Weights, options.WeightDecay);
        using var draws = new SeededDraws(seed, student.Weights.All.device);
        using var best = student.Weights.All.clone().DetachFromDisposeScope();
        var step = new TrainingStep(student, teacher, task, optimiser);
        var steps = (long)options.Epochs * train.Count;
        var epochs = new List<EpochRecord>();
        var (bestEpoch, bestScore, bestLoss) = (0, double.NegativeInfinity, double.PositiveInfinity);

        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            double loss = 0, kept = 0;
            foreach (var index in Seeds.Order(train.Count, (ulong)Seeds.Mix(seed, (ulong)epoch, 3)))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var bag = bags.Get(train[index]);
                draws.BeginStep(optimiser.Steps);
                var progress = optimiser.Steps / (double)steps;
                var rate = options.Cosine ? options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * progress)) : options.LearningRate;
                var trace = step.Run(bag.X, bag.Coords, task.TargetOf(train[index]), rate, progress, draws);
                loss += trace.Loss.item<float>();
                kept += trace.Instances / (double)bag.X.shape[0];
            }

            var (answers, validationLoss) = Evaluate(student, task, bags, validation);
            var score = validation.Count == 0 ? double.NaN : task.Score(validation, answers);
            var record = new EpochRecord(loss / train.Count, validationLoss, score, kept / train.Count);
            epochs.Add(record);
            // Small validation parts give many equal scores: the lower loss decides among them.
            var value = double.IsNaN(score) ? 0 : score;
            if (validation.Count == 0 || value > bestScore || value == bestScore && validationLoss < bestLoss)
            {
                (bestEpoch, bestScore, bestLoss) = (epoch, value, validationLoss);
                Copy(student.Weights.All, best);
            }
            afterEpoch?.Invoke(epoch, record);
            if (options.Patience > 0 && epoch + 1 >= options.MinEpochs && epoch - bestEpoch >= options.Patience)
                break;
        }

        Copy(best, student.Weights.All);
        return new Trained(bestEpoch, epochs[bestEpoch].Score, epochs);
    }

    /// <summary>What a model says of whole bags, and its mean task loss.</summary>
    public static (IReadOnlyList<Decoded> Answers, double Loss) Evaluate(MhimModel model, IMilTask task, BagStore bags, IReadOnlyList<CohortRow> rows)
    {
        using var _ = no_grad();
        var answers = new List<Decoded>();
        double loss = 0;
        foreach (var row in rows)
        {
            using var scope = NewDisposeScope();
            var logits = model.Read(bags.Get(row).X).Logits;
            loss += task.Loss(logits, task.TargetOf(row)).item<float>();
            answers.Add(task.Decode(logits.cpu().data<float>().ToArray()));
        }
        return (answers, rows.Count == 0 ? double.NaN : loss / rows.Count);
    }

    static void Copy(Tensor from, Tensor to)
    {
        using var _ = no_grad();
        to.copy_(from);
    }
}
