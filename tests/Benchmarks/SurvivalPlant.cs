using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Benchmarks;

/// <summary>
/// Features planted with a risk signal for the patients of a real survival table. A patient's hazard is the martingale residual of the whole cohort, event −
/// H(time) with the Nelson–Aalen estimate of H; its rank, blurred with noise, says which share of each slide's instances is shifted. So the
/// features know about time and event what a good slide model could know, and no more.
/// </summary>
static class SurvivalPlant
{
    public const int Dim = 64;

    /// <summary>Correlation between a patient's hazard and what the slides show of it.</summary>
    const double Visible = 0.9;

    const double Shift = 2, LeastShare = 0.02, MostShare = 0.32;
    const int SignalFeatures = 8;

    /// <summary>Bags for every slide of the cohort.</summary>
    /// <param name="cohort">Read with the right polarity.</param>
    /// <param name="seed">Decides noise and instances.</param>
    /// <param name="shuffled">Whether patients get each other's signal.</param>
    public static IBagSource Bags(Cohort cohort, int seed, bool shuffled = false)
    {
        var random = new Random(seed);
        var patients = cohort.Rows.DistinctBy(row => row.PatientId).ToArray();
        var hazard = Hazards(patients);
        var shown = hazard.Select((_, i) => i).OrderBy(i => hazard[i]).Select((patient, rank) => (patient, rank))
            .ToDictionary(pair => patients[pair.patient].PatientId, pair => Blurred((pair.rank + 0.5) / patients.Length, random));
        if (shuffled)
        {
            var signals = shown.Values.ToArray();
            random.Shuffle(signals);
            shown = patients.Zip(signals).ToDictionary(pair => pair.First.PatientId, pair => pair.Second);
        }
        return new MemoryBagSource(cohort.Rows.SelectMany(row => row.SlideIds.Select(slide => Bag(slide, shown[row.PatientId], random))));
    }

    /// <param name="signal">0..1.</param>
    static FeatureBag Bag(string slide, double signal, Random random)
    {
        var count = random.Next(60, 121);
        var shifted = (int)Math.Round(count * (LeastShare + (MostShare - LeastShare) * signal));
        var features = new float[count * Dim];
        for (var i = 0; i < features.Length; i++)
            features[i] = (float)(Normal(random) + (i / Dim < shifted && i % Dim < SignalFeatures ? Shift : 0));
        return new FeatureBag(slide, "planted", Dim, features, [], null);
    }

    /// <summary>Martingale residuals.</summary>
    static double[] Hazards(IReadOnlyList<CohortRow> patients)
    {
        var cumulative = 0.0;
        var residual = new double[patients.Count];
        var left = patients.Count;
        foreach (var moment in Enumerable.Range(0, patients.Count).GroupBy(i => patients[i].Time).OrderBy(group => group.Key))
        {
            cumulative += moment.Count(i => patients[i].Event) / (double)left;
            foreach (var i in moment)
                residual[i] = (patients[i].Event ? 1 : 0) - cumulative;
            left -= moment.Count();
        }
        return residual;
    }

    /// <summary>The share again, after noise on its normal score.</summary>
    static double Blurred(double share, Random random)
    {
        var score = Visible * NormalQuantile(share) + Math.Sqrt(1 - Visible * Visible) * Normal(random);
        return 1 / (1 + Math.Exp(-1.702 * score)); // the normal distribution function, nearly
    }

    // The inverse of the same logistic approximation.
    static double NormalQuantile(double share) => Math.Log(share / (1 - share)) / 1.702;

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
