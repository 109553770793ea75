using Mhim.Data.Entities;
using Mhim.Mil.Reports;
using Mhim.Workers.Cohorts;

namespace Mhim.Api.Cohorts;

/// <summary>The form of a cohort, for the API document. A body of text/csv is taken too, with the rest as query parameters.</summary>
/// <param name="File">The label table: CSV or tab-separated, in any of the known dialects.</param>
/// <param name="SlideTable">A second table that gives each patient's slides, when the first has only patients.</param>
/// <param name="Name">What people shall call it; by default the file name without extension.</param>
/// <param name="Task">auto, classification or survival.</param>
/// <param name="PatientColumn">Column with the patient.</param>
/// <param name="SlideColumn">Column with the slide.</param>
/// <param name="LabelColumn">Column with the class.</param>
/// <param name="Classes">The classes in their order, separated by commas, as low,medium,high: of two the second is the positive one, of more quadratic kappa takes them for grades; by default by number or alphabet.</param>
/// <param name="TimeColumn">Column with the survival time.</param>
/// <param name="EventColumn">Column that is 1 where the event was observed.</param>
/// <param name="CensorColumn">Column that is 1 where the patient is censored.</param>
/// <param name="SiteColumn">Column with the site.</param>
/// <param name="PolarityChecked">True: believe the event or censor column although the times speak against it.</param>
/// <param name="BagPer">auto, slide or patient: what makes one bag.</param>
public sealed record CohortForm(IFormFile File, IFormFile? SlideTable = null, string? Name = null, string? Task = null, string? PatientColumn = null, string? SlideColumn = null,
    string? LabelColumn = null, string? Classes = null, string? TimeColumn = null, string? EventColumn = null, string? CensorColumn = null, string? SiteColumn = null, bool? PolarityChecked = null,
    string? BagPer = null);

/// <summary>Which slides of a cohort the service has, by their exact names.</summary>
/// <param name="Ready">Their features are there.</param>
/// <param name="Processing">At work.</param>
/// <param name="Stopped">Here, but without resolution or failed.</param>
/// <param name="Missing">Not uploaded.</param>
public sealed record CohortSlidesDto(int Ready, int Processing, int Stopped, int Missing);

/// <summary>A label table, as it was understood.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Task">classification or survival.</param>
/// <param name="Sha256">Of the table.</param>
/// <param name="Understood">How it was read, one sentence each: its dialect, its columns, its polarity.</param>
/// <param name="ReadAs">What was said beside the table.</param>
/// <param name="Statistics">Rows, patients, classes, events, sites, and what was noticed.</param>
/// <param name="Slides">Which of its slides the service has.</param>
/// <param name="CreatedAt">When it came in, UTC.</param>
public sealed record CohortDto(Guid Id, string Name, string Task, string Sha256, IReadOnlyList<string> Understood, CohortReading ReadAs, CohortStatistics Statistics,
    CohortSlidesDto Slides, DateTime CreatedAt)
{
    /// <summary>Puts rows together.</summary>
    internal static CohortDto Of(Cohort c, CohortSlidesDto slides) => new(c.Id, c.Name, c.Task, c.Sha256, c.Understood.Split('\n'), CohortReading.Parse(c.ReadAs),
        CohortStatistics.Parse(c.Statistics), slides, c.CreatedAt);
}

/// <summary>A slide that a cohort names.</summary>
/// <param name="Name">The slide id, exactly as the table has it.</param>
/// <param name="Patient">Whose slide it is.</param>
/// <param name="Label">Its class; null for survival.</param>
/// <param name="Time">Survival time; null for classes.</param>
/// <param name="Event">Whether the event was observed; null for classes.</param>
/// <param name="SlideId">The slide; null when the service does not have it.</param>
/// <param name="State">As of the slide; null when the service does not have it.</param>
public sealed record CohortSlideDto(string Name, string Patient, string? Label, double? Time, bool? Event, Guid? SlideId, SlideState? State);

/// <summary>How a cohort would be divided. No patient is in two parts of a fold.</summary>
/// <param name="Folds">One each.</param>
/// <param name="Patients">Where each patient goes, by site, then truth, then name.</param>
/// <param name="Checks">What the leakage gate says.</param>
/// <param name="SlidesLeftOut">Slides that the service does not have ready or at work; 0 unless only those were asked for.</param>
public sealed record SplitsDto(IReadOnlyList<SplitPreview> Folds, IReadOnlyList<SplitPatient> Patients, IReadOnlyList<SplitCheck> Checks, int SlidesLeftOut);

/// <summary>Kaplan-Meier curves of a cohort's patients.</summary>
/// <param name="Patients">With a time.</param>
/// <param name="Groups">All patients first; then one group per site, where there are two to six.</param>
public sealed record CohortSurvivalDto(int Patients, IReadOnlyList<SurvivalGroup> Groups);
