using System.CommandLine;
using Mhim.Features;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Tissue;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>How tissue is found, and which tiles of the grid count: options of every verb that cuts tiles.</summary>
sealed class TissueChoices
{
    readonly Option<string> _preset = new Option<string>("--tissue")
        {
            Description = "How tissue is found (CLAM's presets): default, tcga (keeps smaller pieces), biopsy (keeps the smallest), resection (wants more colour)",
            DefaultValueFactory = _ => "default", HelpName = "PRESET",
        }
        .Check(name => FeatureRules.Preset(name) is not null, "is default, tcga, biopsy or resection.");

    readonly Option<int?> _saturation = new Option<int?>("--saturation")
        { Description = "Saturation above which a pixel is tissue, 0 to 255; lower for pale stains; slides that only --any-stain takes have their own [default: the preset's, 8 or 15]", HelpName = "N" }
        .Check(threshold => threshold is null or (>= 0 and <= 255), "must be from 0 to 255.");

    readonly Option<bool> _otsu = new("--otsu") { Description = "Take that threshold from the slide itself (Otsu)" };

    readonly Option<double> _share = new Option<double>("--min-tissue")
        { Description = "Share of a tile that must be tissue, 0 to 1", DefaultValueFactory = _ => new GridOptions().MinTissue, HelpName = "SHARE" }
        .Check(share => share is >= 0 and <= 1, "is a share, from 0 to 1.");

    readonly Option<int> _overlap = new Option<int>("--overlap")
        { Description = "Pixels that neighbouring tiles share, at --target-mpp; less than the tile", HelpName = "PX" }
        .Check(overlap => overlap is >= 0 and < 8192, "must be 0 or more pixels, and less than the tile's side.");

    readonly Option<bool> _anyStain = new("--any-stain")
        { Description = "Take fluorescence and unstained slides too, which are refused otherwise; tissue is then what differs from the background" };

    readonly Option<bool> _keepMarks = new("--keep-marks")
        { Description = "Do not take pen marks and dark edges out of the tissue (for stains of a pen's colour: Alcian blue, trichrome)" };

    Option[] All => [_preset, _saturation, _otsu, _share, _overlap, _anyStain, _keepMarks];

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>The names of those that somebody typed.</summary>
    public IReadOnlyList<string> Typed(ParseResult parsed) => [.. All.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];

    /// <summary>Refuses a choice that another one makes idle.</summary>
    /// <exception cref="InputException"><c>setting-without-use</c>.</exception>
    public void RequireUse(ParseResult parsed)
    {
        if (parsed.GetValue(_saturation) is not null && parsed.GetValue(_otsu))
            throw new InputException("setting-without-use", "--saturation says the threshold, and --otsu takes it from the slide itself; leave one of them out.");
    }

    /// <summary>What was chosen, on top of other settings.</summary>
    /// <exception cref="InputException"><c>setting-without-use</c>.</exception>
    public FeatureSettings Read(ParseResult parsed, FeatureSettings settings)
    {
        RequireUse(parsed);
        var preset = TissueOptions.Of(FeatureRules.Preset(parsed.GetValue(_preset))!.Value);
        return settings with
        {
            MinTissue = parsed.GetValue(_share),
            Overlap = parsed.GetValue(_overlap),
            Tissue = preset with
            {
                SaturationThreshold = parsed.GetValue(_saturation) ?? preset.SaturationThreshold,
                UseOtsu = parsed.GetValue(_otsu),
                AnyStain = parsed.GetValue(_anyStain),
                RemoveArtefacts = !parsed.GetValue(_keepMarks),
            },
        };
    }
}
