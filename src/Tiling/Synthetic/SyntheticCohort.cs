namespace Mhim.Tiling.Synthetic;

/// <summary>Plans a cohort of drawn slides that needs no download: which patients, slides, labels and scanners there are.</summary>
public static class SyntheticCohort
{
    /// <summary>The label of a slide without tumour.</summary>
    public const string Normal = "normal";

    /// <summary>The label of a slide with tumour nests.</summary>
    public const string Tumour = "tumour";

    private const float WidthMicrons = 2560, HeightMicrons = 2050;

    /// <summary>
    /// The plan of a cohort: as many positive as negative slides (give or take one patient), patients of one to three slides, all slides of a patient with the
    /// same label, both scanners equally often within each label. The same numbers give the same plan.
    /// </summary>
    /// <param name="slides">How many slides, at least 2.</param>
    /// <param name="seed">Any number.</param>
    public static IReadOnlyList<SyntheticSlide> Plan(int slides = 60, int seed = 7)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slides, 2);
        var random = new SyntheticRandom((ulong)seed * 0x2545F4914F6CDD1DUL + 1);
        var patients = Patients(slides, random);
        var plan = new List<SyntheticSlide>(slides);
        // Scanners alternate within each label, so that the scanner tells nothing about the label.
        var drawn = new Dictionary<string, int> { [Normal] = 0, [Tumour] = 0 };
        for (var patient = 0; patient < patients.Count; patient++)
        {
            var (count, label) = patients[patient];
            for (var number = 1; number <= count; number++)
            {
                var scanner = drawn[label]++ % 2 == 0 ? SyntheticScanner.Alpha : SyntheticScanner.Beta;
                var caseId = $"case-{patient + 1:D3}";
                plan.Add(new SyntheticSlide($"{caseId}-{number}", caseId, label, scanner,
                    Pixels(WidthMicrons, scanner, random), Pixels(HeightMicrons, scanner, random), random.Next()));
            }
        }
        return plan;
    }

    /// <summary>One to three slides a patient, the label that has fewer slides so far, then shuffled.</summary>
    private static List<(int Slides, string Label)> Patients(int slides, SyntheticRandom random)
    {
        var patients = new List<(int Slides, string Label)>();
        int normal = 0, tumour = 0;
        while (normal + tumour < slides)
        {
            var chance = random.Unit();
            var count = Math.Min(chance < 0.7f ? 1 : chance < 0.92f ? 2 : 3, slides - normal - tumour);
            var positive = tumour <= normal;
            patients.Add((count, positive ? Tumour : Normal));
            (normal, tumour) = positive ? (normal, tumour + count) : (normal + count, tumour);
        }
        for (var i = patients.Count - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (patients[i], patients[other]) = (patients[other], patients[i]);
        }
        return patients;
    }

    private static int Pixels(float microns, SyntheticScanner scanner, SyntheticRandom random) =>
        (int)(microns * random.Between(0.94f, 1.06f) / scanner.Mpp);
}
