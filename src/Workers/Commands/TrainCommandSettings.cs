using System.CommandLine;
using System.Text.Json;
using Mhim.Features;
using Mhim.Mil;
using Mhim.Mil.Training;
using Mhim.Workers.Runs;

namespace Mhim.Workers.Commands;

/// <summary>The options of <c>mhim train</c> that change single settings of a preset, under the names that papers give them.</summary>
sealed class TrainCommandSettings
{
    readonly Option<int?> _epochs = new Option<int?>("--epochs") { Description = "Epochs at most, instead of the preset's" }
        .Check(count => count is null or >= 1, "is at least 1.");
    readonly Option<double?> _rate = new Option<double?>("--lr") { Description = "Learning rate, instead of the preset's" }
        .Check(rate => rate is null or > 0 and <= 1, "lies above 0 and is at most 1.");
    readonly Option<double?> _decay = new Option<double?>("--weight-decay") { Description = "Weight decay, instead of the preset's" }
        .Check(decay => decay is null or >= 0 and <= 1, "is from 0 to 1.");
    readonly Option<int?> _width = new Option<int?>("--width") { Description = "Numbers per instance after the projection, a multiple of 8" }
        .Check(width => width is null or >= 8 and <= 8192 && width % 8 == 0, "is a multiple of 8 from 8 to 8192.");
    readonly Option<double?> _dropout = Share("--dropout", "Share of the projected numbers that training drops", most: 0.95);
    readonly Option<double?> _mask = Share("--mask-ratio", "Share of the instances that the teacher finds easiest and the student does not see (ratio_h)", most: MaskingOptions.Most);
    readonly Option<double?> _keep = Share("--keep-ratio", "Share of the rest that the student sees as it is; what is left is recycled (merge_ratio)").Check(share => share is not 0, "is above 0.");
    readonly Option<int?> _tokens = new Option<int?>("--tokens") { Description = "Tokens that recycled instances become (k)" }
        .Check(count => count is null or >= 1 and <= 1000, "is from 1 to 1000.");
    readonly Option<double?> _consistency = new Option<double?>("--consistency")
        { Description = "Weight of the tie between student and teacher (aux_alpha); small bags are often better off with less, such as 0.02" }
        .Check(weight => weight is null or >= 0 and <= 100, "is from 0 to 100.");

    readonly Option<string?> _student = new("--student") { Description = "What of the baseline MHIM's student starts from, instead of the preset's: scratch, projection or baseline", HelpName = "START" };
    readonly Option<double?> _mhimRate = new Option<double?>("--mhim-lr") { Description = "Learning rate of MHIM alone; with --student baseline a quarter of the baseline's is a good one" }
        .Check(rate => rate is null or > 0 and <= 1, "lies above 0 and is at most 1.");

    readonly Option<string?> _search = new("--search")
    {
        Description = "Tries settings of MHIM in each fold and takes the best on validation: reference, the 18 of the reference (also without a word), or wide, 36 that vary the consistency too; fewer where --mask-ratio and others name one, or without a recycle network",
        Arity = ArgumentArity.ZeroOrOne, HelpName = "GRID",
    };

    readonly Option<string?> _schedule = new("--momentum-schedule")
        { Description = "constant, or cosine: the teacher's momentum rises to 1, where it stands still, instead of what the preset does", HelpName = "HOW" };

    readonly Option<string[]> _set = new("--set")
    {
        Description = "Any setting of the method by its path in options.json of a run, such as model.teacher.momentum=0.99, model.masking.ratioLow=0.8 or teacherFromBaseline=false; may be given several times",
        HelpName = "PATH=VALUE",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_epochs, _rate, _decay, _width, _dropout, _mask, _keep, _tokens, _consistency, _student, _mhimRate, _schedule, _search, _set])
            command.Options.Add(option);
        _student.AcceptOnlyFromAmong([.. RunSettings.Starts]);
        _search.AcceptOnlyFromAmong([.. SearchGrid.Names]);
        _schedule.AcceptOnlyFromAmong("constant", "cosine");
    }

    /// <exception cref="InputException"><c>setting-without-use</c>: the preset has nothing that the option could change.</exception>
    public RunOptions Apply(ParseResult parsed, RunOptions basis) => SettingPaths.Set(Changed(parsed, basis), parsed.GetValue(_set) ?? []);

    RunOptions Changed(ParseResult parsed, RunOptions basis) => new RunChanges
    {
        Epochs = parsed.GetValue(_epochs), LearningRate = parsed.GetValue(_rate), WeightDecay = parsed.GetValue(_decay), Width = parsed.GetValue(_width),
        Dropout = parsed.GetValue(_dropout), MaskRatio = parsed.GetValue(_mask), KeepRatio = parsed.GetValue(_keep), Tokens = parsed.GetValue(_tokens),
        Consistency = parsed.GetValue(_consistency), MhimLr = parsed.GetValue(_mhimRate),
        MomentumSchedule = parsed.GetValue(_schedule) switch { null => null, "cosine" => MomentumSchedule.CosineToOne, _ => MomentumSchedule.Constant },
        Student = parsed.GetValue(_student) is { } start ? Enum.Parse<StudentStart>(start, ignoreCase: true) : null,
        Search = parsed.GetResult(_search) is null ? null : SearchGrid.Named(parsed.GetValue(_search) ?? "reference"),
    }.Apply(basis, (setting, what) => new InputException("setting-without-use",
        $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(setting)} changes the {what}, and this preset has none; leave it out, or take mhim-v2."));

    static Option<double?> Share(string name, string description, double most = 1) =>
        new Option<double?>(name) { Description = description }.Check(share => share is null or >= 0 && !(share > most), $"is from 0 to {most}.");
}
