using Mhim.Mil.Checkpoints;
using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>
/// Where a training is. Together with the weights, the optimiser's means and the best weights it is all that is needed to go on as if nothing
/// had happened: order and draws depend on the seed and the number of the step alone.
/// </summary>
internal sealed class TrainingState
{
    const string StateKey = "state", Student = "student", TeacherKey = "teacher", First = "adam.first", Second = "adam.second", Best = "best", BestTeacher = "best.teacher";

    /// <summary>Epoch under way, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps done in it.</summary>
    public int Position { get; set; }

    /// <summary>Sum of its losses.</summary>
    public double Loss { get; set; }

    /// <summary>Sum of its kept shares.</summary>
    public double Kept { get; set; }

    /// <summary>Sum of its kept instances.</summary>
    public double Instances { get; set; }

    /// <summary>Steps done in all.</summary>
    public long Steps { get; set; }

    /// <summary>Best epoch so far.</summary>
    public int BestEpoch { get; set; }

    /// <summary>Its score.</summary>
    public double BestScore { get; set; } = double.NegativeInfinity;

    /// <summary>Its validation loss.</summary>
    public double BestLoss { get; set; } = double.PositiveInfinity;

    /// <summary>Time spent so far, lost attempts after the checkpoint not counted.</summary>
    public double Seconds { get; set; }

    /// <summary>Curve so far.</summary>
    public List<EpochRecord> Epochs { get; set; } = [];

    /// <summary>Writes everything in one file, which appears whole or not at all.</summary>
    public void Save(string path, MhimModel student, ITeacher? teacher, Adam optimiser, Tensor best, Tensor? bestTeacher)
    {
        Steps = optimiser.Steps;
        var tensors = new Dictionary<string, Tensor>
        {
            [Student] = student.Weights.All, [First] = optimiser.First, [Second] = optimiser.Second, [Best] = best,
        };
        if (teacher is not null && bestTeacher is not null)
            (tensors[TeacherKey], tensors[BestTeacher]) = (teacher.Model.Weights.All, bestTeacher);
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { [StateKey] = MilJson.Text(this) });
    }

    /// <summary>Takes up a training where a checkpoint left it; a new one if there is none.</summary>
    public static TrainingState Resume(string? path, MhimModel student, ITeacher? teacher, Adam optimiser, Tensor best, Tensor? bestTeacher)
    {
        if (path is null || !File.Exists(path))
            return new TrainingState();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (tensors, metadata) = SafeTensors.Read(path);
        var state = MilJson.Parse<TrainingState>(metadata[StateKey]);
        student.Weights.All.copy_(tensors[Student]);
        teacher?.Model.Weights.All.copy_(tensors[TeacherKey]);
        optimiser.First.copy_(tensors[First]);
        optimiser.Second.copy_(tensors[Second]);
        optimiser.Steps = state.Steps;
        best.copy_(tensors[Best]);
        bestTeacher?.copy_(tensors[BestTeacher]);
        return state;
    }
}
