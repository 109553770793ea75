using Mhim.Mil.Checkpoints;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Teacher;

/// <summary>Makes the teacher of a run.</summary>
internal static class Teachers
{
    /// <summary>A copy of the student, in which the trained baseline takes the place of all that it has too.</summary>
    public static ITeacher Start(MhimModel student, MhimModel baseline, RunOptions options)
    {
        var model = new MhimModel(student.Options, device: student.Weights.All.device);
        using (no_grad())
            model.Weights.All.copy_(student.Weights.All);
        if (options.TeacherFromBaseline)
            StateDict.Start(model, baseline, StudentStart.Baseline);
        return new MomentumTeacher(model);
    }
}
