using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Consistency;

/// <summary>What ties the student to the teacher; may look at the bag embedding or at the instances that both saw.</summary>
public interface IConsistencyLoss
{
    /// <summary>The loss, a scalar with gradient towards the student.</summary>
    Tensor Loss(StudentOutput student, TeacherOutput teacher);
}
