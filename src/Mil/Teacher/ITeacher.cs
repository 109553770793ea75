using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Teacher;

/// <summary>What the teacher says of a bag.</summary>
/// <param name="Embedding">[1, M] or [C, M], no gradient.</param>
/// <param name="Scores">[N], or [H, N] where the heads have yet to vote; no gradient.</param>
public sealed record TeacherOutput(Tensor Embedding, Tensor Scores);

/// <summary>Scores instances for the mask and gives the embedding that the student is held to.</summary>
public interface ITeacher : IDisposable
{
    /// <summary>Looks at a whole bag, without gradient but as in training: its dropout is live.</summary>
    /// <param name="x">[N, D].</param>
    /// <param name="draws">Random numbers.</param>
    TeacherOutput Teach(Tensor x, IDrawSource draws);

    /// <summary>Learns from the student after its step.</summary>
    /// <param name="student">The student.</param>
    /// <param name="progress">Share of the training that is done, 0..1.</param>
    void Follow(MhimModel student, double progress);

    /// <summary>The teacher's own weights.</summary>
    MhimModel Model { get; }
}
