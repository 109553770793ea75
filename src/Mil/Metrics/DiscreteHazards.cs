namespace Mhim.Mil.Metrics;

/// <summary>What the logits of a discrete-time survival model mean (Zadeh and Schmid 2020), in plain numbers.</summary>
public static class DiscreteHazards
{
    const double Clamp = 1e-7;

    /// <summary>Survival after each bin: S = Π (1 − σ(logit)).</summary>
    /// <param name="logits">[bins] of one case.</param>
    /// <returns>[bins] falling, 0 … 1.</returns>
    public static double[] Survival(ReadOnlySpan<double> logits)
    {
        var survival = new double[logits.Length];
        var left = 1.0;
        for (var bin = 0; bin < logits.Length; bin++)
            survival[bin] = left *= 1 - Hazard(logits[bin]);
        return survival;
    }

    /// <summary>Risk −ΣS: −bins … 0, higher is worse.</summary>
    /// <param name="logits">[bins] of one case.</param>
    public static double Risk(ReadOnlySpan<double> logits) => -Survival(logits).Sum();

    /// <summary>
    /// Negative log likelihood of one case, with S before the first bin 1 and every factor clamped at 1e-7:
    /// an event in bin b costs −ln S(b−1) − ln h(b), a case censored in bin b −ln S(b), the latter times (1 − α).
    /// </summary>
    /// <param name="logits">[bins] of one case.</param>
    /// <param name="bin">Bin of its time, from 0.</param>
    /// <param name="event">Whether the event was observed.</param>
    /// <param name="alpha">0 … 1, how much more observed events weigh.</param>
    public static double NegativeLogLikelihood(ReadOnlySpan<double> logits, int bin, bool @event, double alpha = 0)
    {
        var survival = Survival(logits);
        static double Log(double value) => Math.Log(Math.Max(value, Clamp));
        return @event
            ? -Log(bin == 0 ? 1 : survival[bin - 1]) - Log(Hazard(logits[bin]))
            : -(1 - alpha) * Log(survival[bin]);
    }

    static double Hazard(double logit) => 1 / (1 + Math.Exp(-logit));
}
