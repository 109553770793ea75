using Mhim.Features;
using Mhim.Mil.Consistency;
using Mhim.Mil.Tasks;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>What one training step did; its tensors live in the caller's dispose scope.</summary>
/// <param name="Teacher">What the teacher said; null for a baseline.</param>
/// <param name="Logits">[1, C].</param>
/// <param name="TaskLoss">Scalar.</param>
/// <param name="ConsistencyLoss">Scalar, before its weight; null where there is none.</param>
/// <param name="Loss">Scalar, what was minimised.</param>
/// <param name="Instances">Rows that the student's backbone read.</param>
internal sealed record StepTrace(
    TeacherOutput? Teacher, Tensor Logits, Tensor TaskLoss, Tensor? ConsistencyLoss, Tensor Loss, long Instances);

/// <summary>One step on one bag: the teacher looks, the student learns, the weights move, the teacher follows.</summary>
internal sealed class TrainingStep(MhimModel student, ITeacher? teacher, IMilTask task, Adam optimiser, ComputePrecision precision = ComputePrecision.Float32)
{
    readonly IConsistencyLoss _consistency = new SoftTargetCrossEntropy(student.Options.Consistency.TeacherTemperature);

    /// <param name="x">[N, D].</param>
    /// <param name="coords">[N] or empty.</param>
    /// <param name="target">What is true of the bag.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="progress">Share of the training that is done.</param>
    /// <param name="draws">Random numbers of this step.</param>
    public StepTrace Run(Tensor x, ReadOnlyMemory<TileCoord> coords, Target target, double learningRate, double progress, IDrawSource draws)
    {
        student.Weights.Gradient.zero_();
        if (precision == ComputePrecision.BFloat16)
            x = x.to(ScalarType.BFloat16);
        var trace = teacher is null ? Baseline(x, target, draws) : Mhim(teacher, x, coords, target, progress, draws);
        trace.Loss.backward();
        optimiser.Step(learningRate);
        teacher?.Follow(student, progress);
        return trace;
    }

    StepTrace Baseline(Tensor x, Target target, IDrawSource draws)
    {
        var bag = student.Read(x, instances: false, draws);
        var loss = task.Loss(bag.Logits, target);
        return new StepTrace(null, bag.Logits, loss, null, loss, x.shape[0]);
    }

    StepTrace Mhim(ITeacher teacher, Tensor x, ReadOnlyMemory<TileCoord> coords, Target target, double progress, IDrawSource draws)
    {
        var goal = teacher.Teach(x, draws);
        var seen = student.Learn(x, coords, goal, progress, draws);
        var main = task.Loss(seen.Logits, target);
        var weight = student.Options.Consistency.Weight;
        if (weight == 0)
            return new StepTrace(goal, seen.Logits, main, null, main, seen.Instances);
        var consistency = _consistency.Loss(seen, goal);
        return new StepTrace(goal, seen.Logits, main, consistency, main.Plus(consistency.Times(weight)), seen.Instances);
    }
}
