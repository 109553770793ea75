using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Teacher;

/// <summary>A teacher that follows the student: teacher ← m·teacher + (1−m)·student over all parameters, global tokens included.</summary>
internal sealed class MomentumTeacher(MhimModel model) : ITeacher
{
    public MhimModel Model => model;

    public TeacherOutput Teach(Tensor x, IDrawSource draws)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var bag = model.Read(x, instances: true, draws);
        var scores = model.Backbone.Scores(bag, model.Options.Teacher.Scores);
        return new TeacherOutput(bag.Embedding.MoveToOuterDisposeScope(), scores.MoveToOuterDisposeScope());
    }

    public void Follow(MhimModel student, double progress)
    {
        using var _ = no_grad();
        var options = model.Options.Teacher;
        var momentum = options.Schedule == MomentumSchedule.CosineToOne ? 1 - (1 - options.Momentum) * 0.5 * (1 + Math.Cos(Math.PI * progress)) : options.Momentum;
        WeightsStep.Follow(model.Weights.All, student.Weights.All, momentum);
    }

    public void Dispose() => model.Dispose();
}
