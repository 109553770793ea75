using System.CommandLine;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Workers.Commands;

/// <summary>The options of <c>mhim train</c> that say what to learn from.</summary>
sealed class TrainCommandCohort
{
    readonly Option<string?> _features = new("--features") { Description = "Folder of SLIDE.h5, as mhim extract, TRIDENT, CLAM (also .pt), STAMP or AtlasPatch write them", HelpName = "DIR" };
    readonly FeatureOptions _files = new();
    readonly Option<string?> _labels = new("--labels") { Description = "Label table (CSV)", HelpName = "CSV" };
    readonly Option<string?> _bags = new("--bags") { Description = "Bag table bag_id,bag_label,f0,…, also gzipped, instead of --features and --labels", HelpName = "CSV" };
    readonly Option<string> _task = new("--task") { Description = "auto (as the columns say), classification or survival", DefaultValueFactory = _ => "auto" };
    readonly Option<string?> _label = Column("--label-column", "Column with the class");
    readonly Option<string?> _classes = new("--classes")
        { Description = "The classes in their order, as low,medium,high: of two the second is the positive one, of more quadratic kappa takes them for grades; otherwise by number or alphabet", HelpName = "A,B,…" };
    readonly Option<string?> _time = Column("--time-column", "Column with the survival time");
    readonly Option<string?> _event = Column("--event-column", "Column that is 1 where the event was observed");
    readonly Option<string?> _censor = Column("--censor-column", "Column that is 1 where the patient is censored");
    readonly Option<bool> _checked = new("--polarity-checked") { Description = "Believe --event-column or --censor-column although the times speak against it" };
    readonly Option<string?> _patient = Column("--patient-column", "Column with the patient");
    readonly Option<string?> _slide = Column("--slide-column", "Column with the slide");
    readonly Option<string?> _site = Column("--site-column", "Column with the site");
    readonly Option<string?> _slideTable = new("--slide-table") { Description = "Second table that gives each patient's slides", HelpName = "CSV" };
    readonly Option<string> _bagPer = new("--bag-per")
        { Description = "What makes one bag: slide, patient, or auto (slides for classes, patients for survival)", DefaultValueFactory = _ => "auto" };

    public void AddTo(Command command)
    {
        _task.AcceptOnlyFromAmong("auto", "classification", "survival");
        _bagPer.AcceptOnlyFromAmong("auto", "slide", "patient");
        foreach (var option in (Option[])[_features, _labels, _bags, _task, _label, _classes, _time, _event, _censor, _checked, _patient, _slide, _site, _slideTable, _bagPer])
            command.Options.Add(option);
        _files.AddTo(command);
    }

    /// <summary>The whole cohort, and where its features come from.</summary>
    public (Cohort Cohort, IBagSource Bags) Read(ParseResult parsed)
    {
        var (features, labels, bags) = (parsed.GetValue(_features), parsed.GetValue(_labels), parsed.GetValue(_bags));
        if (bags is not null)
        {
            if (features is not null || labels is not null || parsed.GetValue(_task) == "survival" || parsed.GetValue(_classes) is not null)
                throw new InputException("train-input", "--bags holds features and classes itself; leave out --features, --labels, --classes and --task survival.");
            string[] idle =
            [
                .. ((Option[])[_label, _time, _event, _censor, _checked, _patient, _slide, _site, _slideTable, _bagPer]).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name),
                .. _files.Typed(parsed),
            ];
            if (idle.Length > 0)
                throw new InputException("train-input", $"{string.Join(", ", idle)}: that is said of label tables and feature files. In a bag table every bag is a patient of its own; leave it out.");
            var table = BagTableReader.Read(bags);
            return (table.Cohort, new MemoryBagSource(table.Bags));
        }
        if (features is null || labels is null)
            throw new InputException("train-input", $"{(features is null ? "--features" : "--labels")} is missing; give --features and --labels, or --bags.");
        var classes = parsed.GetValue(_classes) is { } list ? ClassNames.Parse(list) : null;
        // Without the folder what is wrong with the table is said first.
        var source = Directory.Exists(features) ? new FolderBagSource(features, _files.Read(parsed), Screen.Say) : null;
        var cohort = CohortReader.Read(labels, new CohortOptions
        {
            Classes = classes,
            Task = parsed.GetValue(_task) switch { "survival" => CohortTask.Survival, "classification" => CohortTask.Classification, _ => null },
            HasFeatures = source is null ? null : source.SlideIds().Contains, LabelColumn = parsed.GetValue(_label), TimeColumn = parsed.GetValue(_time), EventColumn = parsed.GetValue(_event),
            CensorColumn = parsed.GetValue(_censor), PatientColumn = parsed.GetValue(_patient), SlideColumn = parsed.GetValue(_slide),
            PolarityChecked = parsed.GetValue(_checked), SiteColumn = parsed.GetValue(_site), SlideTable = parsed.GetValue(_slideTable),
            BagPer = parsed.GetValue(_bagPer) switch { "slide" => BagPer.Slide, "patient" => BagPer.Patient, _ => BagPer.Auto },
        });
        return (cohort, source ?? throw new InputException("features-missing", $"There is no folder `{features}`; --features names the folder of the slides' feature files."));
    }

    /// <summary>The folder of features, as the user named it.</summary>
    public string Features(ParseResult parsed) => parsed.GetValue(_features) ?? "";

    static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "NAME" };
}
