using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using static TorchSharp.torch;

namespace Mhim.Mil.Tasks;

/// <summary>Two or more classes that exclude each other: softmax and cross-entropy; models are chosen by AUC (macro, one-vs-rest).</summary>
internal sealed class Classification(int classes) : IMilTask
{
    public int Outputs => classes;

    public string ScoreName => "auc";

    public Target TargetOf(CohortRow row) => new(row.Label);

    public Tensor Loss(Tensor logits, Target target) => -nn.functional.log_softmax(logits, 1)[0, target.Class];

    public Decoded Decode(ReadOnlySpan<float> logits)
    {
        var max = float.NegativeInfinity;
        foreach (var logit in logits)
            max = Math.Max(max, logit);
        var p = new double[logits.Length];
        for (var c = 0; c < p.Length; c++)
            p[c] = Math.Exp((double)logits[c] - max);
        var sum = p.Sum();
        for (var c = 0; c < p.Length; c++)
            p[c] /= sum;
        return new Decoded(p, null);
    }

    public Tensor InstanceScores(Tensor evidence) => evidence.softmax(1);

    public double Score(IReadOnlyList<CohortRow> rows, IReadOnlyList<Decoded> answers) =>
        Ranking.RocAuc(new ClassScores([.. rows.Select(row => row.Label)], [.. answers.SelectMany(answer => answer.Outputs)], classes));
}
