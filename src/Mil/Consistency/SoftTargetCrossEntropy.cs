using Mhim.Mil.Teacher;
using static TorchSharp.torch;

namespace Mhim.Mil.Consistency;

/// <summary>−Σ softmax(teacher/τ)·log softmax(student) over the feature axis of the bag embeddings, mean over their rows.</summary>
internal sealed class SoftTargetCrossEntropy(double teacherTemperature) : IConsistencyLoss
{
    public Tensor Loss(StudentOutput student, TeacherOutput teacher)
    {
        var target = teacher.Embedding.Times(1 / teacherTemperature).softmax(-1);
        return -(target * nn.functional.log_softmax(student.Embedding, -1)).sum(-1).mean();
    }
}
