using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using static TorchSharp.torch;

namespace Mhim.Mil.Tasks;

/// <summary>
/// Survival in discrete time (Zadeh and Schmid 2020): a hazard per bin, S = Π(1 − h), risk = −ΣS. Loss: negative log-likelihood with S before the
/// first bin 1 and a clamp at 1e-7. Models are chosen by the concordance index.
/// </summary>
/// <param name="bins">From training patients only.</param>
/// <param name="alpha">0..1: censored rows weigh 1 − α (0 in MHIM, 0.15 in MCAT).</param>
internal sealed class Survival(SurvivalBins bins, double alpha = 0) : IMilTask
{
    const double Clamp = 1e-7;

    /// <summary>The time bins.</summary>
    public SurvivalBins Bins => bins;

    public int Outputs => bins.Count;

    public string ScoreName => "c_index";

    public Target TargetOf(CohortRow row) => new(bins.Bin(row.Time), !row.Event);

    public Tensor Loss(Tensor logits, Target target)
    {
        var hazards = logits.sigmoid()[0];                                              // [bins]
        var survival = hazards.From(1).cumprod(0);                                        // [bins]
        if (target.Censored)
            return survival[target.Class].AtLeast(Clamp).log().Times(alpha - 1);
        var hit = -hazards[target.Class].AtLeast(Clamp).log();
        return target.Class == 0 ? hit : hit - survival[target.Class - 1].AtLeast(Clamp).log();
    }

    public Decoded Decode(ReadOnlySpan<float> logits)
    {
        var precise = new double[logits.Length];
        for (var i = 0; i < precise.Length; i++)
            precise[i] = logits[i];
        return new Decoded(DiscreteHazards.Survival(precise), DiscreteHazards.Risk(precise));
    }

    // Each bin's hazard for itself: an instance that raises all of them alike speaks for the event, which a softmax over the bins would not see.
    public Tensor InstanceScores(Tensor evidence) => evidence.sigmoid();

    public double Score(IReadOnlyList<CohortRow> rows, IReadOnlyList<Decoded> answers) => Concordance.Of(new RiskScores(
        [.. rows.Select(row => row.Time)], [.. rows.Select(row => row.Event)], [.. answers.Select(answer => answer.Risk!.Value)])).Index;
}
