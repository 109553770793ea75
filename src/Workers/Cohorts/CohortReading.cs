using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Workers.Cohorts;

/// <summary>How a label table is to be read where its columns do not speak for themselves. Column names are matched without regard to case.</summary>
public sealed partial record CohortReading
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary><c>classification</c> or <c>survival</c>; null: as the columns say.</summary>
    public string? Task { get; init; }

    /// <summary>Column with the patient (case) id.</summary>
    public string? PatientColumn { get; init; }

    /// <summary>Column with the slide id or file name; several joined by <c>;</c> allowed.</summary>
    public string? SlideColumn { get; init; }

    /// <summary>Column with the class.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>The classes in their order, separated by commas, as <c>low,medium,high</c>: of two the second is the positive one, of more quadratic kappa takes them for grades; null: by number or alphabet.</summary>
    public string? Classes { get; init; }

    /// <summary>Column with the survival time.</summary>
    public string? TimeColumn { get; init; }

    /// <summary>Column that is 1 where the event was observed.</summary>
    public string? EventColumn { get; init; }

    /// <summary>Column that is 1 where the patient is censored.</summary>
    public string? CensorColumn { get; init; }

    /// <summary>Column with the site.</summary>
    public string? SiteColumn { get; init; }

    /// <summary>Believe the named event or censor column although the times speak against it.</summary>
    public bool PolarityChecked { get; init; }

    /// <summary><c>auto</c>, <c>slide</c> or <c>patient</c>: what makes one bag; null: auto.</summary>
    public string? BagPer { get; init; }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static CohortReading Parse(string json) => JsonSerializer.Deserialize<CohortReading>(json, Json)!;

    /// <summary>One line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads the tables.</summary>
    /// <param name="table">The label table.</param>
    /// <param name="slideTable">A second table that gives each patient's slides; null: there is none.</param>
    /// <exception cref="FieldException">It cannot be read, or not without being told more; see <see cref="CohortReader.Read"/>.</exception>
    public Cohort Read(string table, string? slideTable)
    {
        var checks = new FieldChecks();
        checks.Require(Task is null or "" or "auto" or "classification" or "survival", "task", "'task' is auto, classification or survival.");
        checks.Require(BagPer is null or "" or "auto" or "slide" or "patient", "bagPer", "'bagPer' is auto, slide or patient.");
        checks.ThrowIfAny();
        try
        {
            var cohort = CohortReader.Read(table, new CohortOptions
            {
                Classes = string.IsNullOrWhiteSpace(Classes) ? null : ClassNames.Parse(Classes),
                Task = Task switch { "survival" => CohortTask.Survival, "classification" => CohortTask.Classification, _ => null },
                PatientColumn = Given(PatientColumn), SlideColumn = Given(SlideColumn), LabelColumn = Given(LabelColumn), TimeColumn = Given(TimeColumn),
                EventColumn = Given(EventColumn), CensorColumn = Given(CensorColumn), SiteColumn = Given(SiteColumn), PolarityChecked = PolarityChecked,
                SlideTable = slideTable,
                BagPer = BagPer switch { "slide" => Mil.Cohorts.BagPer.Slide, "patient" => Mil.Cohorts.BagPer.Patient, _ => Mil.Cohorts.BagPer.Auto },
            });
            return cohort with { Reading = [.. cohort.Reading.Select(Fields)], Warnings = [.. cohort.Warnings.Select(Fields)] };
        }
        catch (InputException e)
        {
            throw Worded(e);
        }
    }

    static string? Given(string? column) => string.IsNullOrWhiteSpace(column) ? null : column.Trim();

    /// <summary>The sentence as the command line says it, with the fields of this service for its options.</summary>
    static FieldException Worded(InputException e)
    {
        var fields = Option().Matches(e.Message).Select(Field).Distinct().DefaultIfEmpty("file");
        return new FieldException(e.Code, fields.ToDictionary(field => field, _ => new[] { Fields(e.Message) }), e);
    }

    static string Fields(string sentence) => Option().Replace(sentence, option => $"'{Field(option)}'");

    static string Field(Match option)
    {
        var words = option.Groups[1].Value.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    [GeneratedRegex("`?--([a-z]+(?:-[a-z]+)*)`?")]
    private static partial Regex Option();
}
