using System.Text.Json;
using Mhim.Features;
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

    static InputException Damaged(string path, Exception? why) =>
        new("checkpoint-unreadable", $"{path} is not a whole checkpoint of this training. Remove it, and this training begins again; what is finished stays.", why);

    /// <summary>Takes up a training where a checkpoint left it; a new one if there is none.</summary>
    /// <exception cref="InputException"><c>checkpoint-unreadable</c>.</exception>
    public static TrainingState Resume(string? path, MhimModel student, ITeacher? teacher, Adam optimiser, Tensor best, Tensor? bestTeacher)
    {
        if (path is null || !File.Exists(path))
            return new TrainingState();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Dictionary<string, Tensor> tensors;
        TrainingState state;
        try
        {
            (tensors, var metadata) = SafeTensors.Read(path);
            state = MilJson.Parse<TrainingState>(metadata[StateKey]);
            if (state.Epochs is null)
                throw new JsonException("It has no curve.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InputException)
        {
            throw Damaged(path, e);
        }
        (string Name, Tensor? Into)[] parts =
        [
            (Student, student.Weights.All), (TeacherKey, teacher?.Model.Weights.All), (First, optimiser.First), (Second, optimiser.Second), (Best, best), (BestTeacher, bestTeacher),
        ];
        // All or nothing: a tensor of one number would be spread over all weights.
        if (parts.Any(part => part.Into is not null && (!tensors.TryGetValue(part.Name, out var kept) || !kept.shape.SequenceEqual(part.Into.shape))))
            throw Damaged(path, null);
        foreach (var (name, into) in parts)
            into?.copy_(tensors[name]);
        optimiser.Steps = state.Steps;
        return state;
    }
}
