namespace Mhim.Mil.Cohorts;

/// <summary>What makes one bag.</summary>
public enum BagPer
{
    /// <summary>Slides for classes, patients for survival.</summary>
    Auto,

    /// <summary>Each slide is a bag.</summary>
    Slide,

    /// <summary>All slides of a patient are one bag.</summary>
    Patient,
}

/// <summary>How to read a label table where its columns do not speak for themselves. Column names are matched without regard to case.</summary>
public sealed record CohortOptions
{
    /// <summary>Classes or survival; null: as the columns say.</summary>
    public CohortTask? Task { get; init; }

    /// <summary>Column with the patient (case) id.</summary>
    public string? PatientColumn { get; init; }

    /// <summary>Column with the slide id or file name; several joined by <c>;</c> allowed.</summary>
    public string? SlideColumn { get; init; }

    /// <summary>Column with the class.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>Column with the survival time.</summary>
    public string? TimeColumn { get; init; }

    /// <summary>Column that is 1 where the event was observed.</summary>
    public string? EventColumn { get; init; }

    /// <summary>Column that is 1 where the patient is censored (event not observed).</summary>
    public string? CensorColumn { get; init; }

    /// <summary>Whether somebody has looked at the table and confirms the named event or censor column, although the times speak against it.</summary>
    public bool PolarityChecked { get; init; }

    /// <summary>Column with the site; a column named <c>site</c> is taken without being named.</summary>
    public string? SiteColumn { get; init; }

    /// <summary>A second table that gives each patient's slides (<c>PATIENT,FILENAME</c>), when the first has only patients.</summary>
    public string? SlideTable { get; init; }

    /// <summary>Class names in the order of their indexes; null: numbers ascending, else words by ordinal order.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Told a slide id, whether there are features of it: a name that is an id as it stands (<c>a/x</c>, <c>x.svs</c>) is not shortened; null: nobody knows.</summary>
    public Func<string, bool>? HasFeatures { get; init; }

    /// <summary>One bag per slide or per patient.</summary>
    public BagPer BagPer { get; init; }
}
