namespace Mhim.Tiling.Synthetic;

/// <summary>Plans a cohort of drawn slides that needs no download: which patients, slides, labels and scanners there are.</summary>
public static class SyntheticCohort
{
    /// <summary>The label of a slide without tumour.</summary>
    public const string Normal = "normal";

    /// <summary>The label of a slide with tumour nests.</summary>
    public const string Tumour = "tumour";

    /// <summary>
    /// The plan of a cohort: as many positive as negative slides (give or take one patient), patients of one to three slides, all slides of a patient with the
    /// same label, both scanners equally often within each label. The same numbers give the same plan.
    /// </summary>
    /// <param name="slides">How many slides, at least 2.</param>
    /// <param name="seed">Any number.</param>
    public static IReadOnlyList<SyntheticSlide> Plan(int slides = 60, int seed = 7) => throw new NotImplementedException();
}
