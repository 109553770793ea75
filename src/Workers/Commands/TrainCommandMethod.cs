using System.CommandLine;
using System.Globalization;
using Mhim.Features;
using Mhim.Mil.Training;

namespace Mhim.Workers.Commands;

/// <summary>The options of <c>mhim train</c> that say how to learn.</summary>
sealed class TrainCommandMethod
{
    readonly Option<string> _preset = new("--preset")
        { Description = "mhim-v2, mhim-v1, reference or plain; small: mhim-v2 for some dozens of slides; standard: mhim-v2", DefaultValueFactory = _ => "standard" };
    readonly Option<string> _backbone = new("--backbone") { Description = string.Join(", ", Presets.Backbones), DefaultValueFactory = _ => "abmil" };
    readonly Option<int> _folds = new Option<int>("--folds") { Description = "Patient-level folds", DefaultValueFactory = _ => 5 }
        .Check(count => count is >= 2 and <= 100, "is from 2 to 100.");
    readonly Option<double> _validation = new Option<double>("--validation")
        { Description = "Share of the patients outside the test part that validates", DefaultValueFactory = _ => 0.2 }
        .Check(share => share is > 0 and < 1, "lies between 0 and 1.");
    readonly Option<bool> _sites = new("--preserve-sites") { Description = "Keeps each site whole, so that test slides come from sites never seen" };
    readonly Option<ulong> _seed = new("--seed") { Description = "Decides folds, weights and every draw", DefaultValueFactory = _ => 1 };
    readonly Option<string?> _seeds = new("--seeds") { Description = "Several runs: a number of seeds (1 to N), or the seeds as 3,5,8", HelpName = "N" };
    readonly TrainCommandSettings _settings = new();
    readonly Option<int> _restarts = new Option<int>("--restarts")
        { Description = "How often each training is done again with other initial weights; the best on validation is kept. Worth it where positive tiles are few", HelpName = "N" }
        .Check(count => count is >= 0 and <= 100, "is from 0 to 100.");
    readonly Option<double> _alpha = new Option<double>("--survival-alpha") { Description = "Censored cases weigh 1 − α in the survival loss (0.15 in MCAT)", HelpName = "A" }
        .Check(alpha => alpha is >= 0 and < 1, "is from 0 to below 1.");
    readonly Option<bool> _calibrate = new("--calibrate") { Description = "Fits a temperature on each fold's validation part, so that probabilities mean what they say" };
    readonly Option<double> _checkpoint = new Option<double>("--checkpoint-seconds")
        { Description = "How often a training's state is kept, to go on from after a cut; 0: after each step", DefaultValueFactory = _ => 30 }
        .Check(seconds => seconds is >= 0 and <= 86400, "is from 0 to 86400.");
    readonly Option<double> _cache = new Option<double>("--cache-gb")
        { Description = "Memory for features that are kept between epochs; what does not fit is read again, ahead of its turn", DefaultValueFactory = _ => 4, HelpName = "GB" }
        .Check(gigabytes => gigabytes is >= 0 and <= 65536, "is from 0 to 65536.");
    readonly Option<bool> _half = new("--half-features") { Description = "Rounds features to float16: twice as many fit the memory" };
    readonly Option<string> _precision = new Option<string>("--precision") { Description = "float32, or bf16: instances in 16 bits, less memory and up to twice as fast on processors and GPUs that have it, refused on others", DefaultValueFactory = _ => "float32" }
        .Check(name => name is "float32" or "bf16", "is float32 or bf16.");
    readonly Option<int?> _threads = new Option<int?>("--threads") { Description = "CPU threads" }.Check(count => count is null or >= 1, "is at least 1.");
    readonly Option<string> _device = SharedOptions.Device();

    public void AddTo(Command command)
    {
        _preset.AcceptOnlyFromAmong(["standard", .. Presets.Methods]);
        _backbone.AcceptOnlyFromAmong([.. Presets.Backbones]);
        foreach (var option in (Option[])[_preset, _backbone, _folds, _validation, _sites, _seed, _seeds, _restarts, _alpha, _calibrate, _checkpoint, _cache, _half, _precision, _threads, _device])
            command.Options.Add(option);
        _settings.AddTo(command);
    }

    /// <summary>Splits that are given leave nothing to divide.</summary>
    /// <exception cref="InputException"><c>splits-given</c>.</exception>
    public void RequireNoDivision(ParseResult parsed)
    {
        foreach (var option in (Option[])[_folds, _validation, _sites])
            if (parsed.GetResult(option) is { Implicit: false })
                throw new InputException("splits-given", $"--splits says which patients go where; leave out {option.Name}, or --splits.");
    }

    /// <summary>What changes nothing for classes, or for a preset that validates nothing.</summary>
    /// <exception cref="InputException"><c>setting-without-use</c>.</exception>
    public void RequireUse(ParseResult parsed, bool survival)
    {
        if (!survival && parsed.GetResult(_alpha) is { Implicit: false })
            throw new InputException("setting-without-use", "--survival-alpha weighs censored patients, and this table is one of classes; leave it out.");
        if (parsed.GetValue(_preset) == "reference" && !parsed.GetValue(_calibrate) && parsed.GetResult(_validation) is { Implicit: false })
            throw new InputException("setting-without-use", "--preset reference learns from all that it does not test, so nothing validates; leave --validation out.");
    }

    public RunOptions Options(ParseResult parsed)
    {
        var (preset, backbone) = (parsed.GetValue(_preset)!, parsed.GetValue(_backbone)!);
        // Pooling has nothing to mask: without a word on the method it is the plain one.
        var method = preset != "standard" ? preset : backbone is "mean" or "max" ? "plain" : "mhim-v2";
        var basis = _settings.Apply(parsed, Presets.Of(method, backbone));
        var seed = parsed.GetValue(_seed);
        return basis with
        {
            Seed = seed, Device = parsed.GetValue(_device)!, Threads = parsed.GetValue(_threads) ?? basis.Threads,
            Calibrate = parsed.GetValue(_calibrate), CacheBytes = (long)(parsed.GetValue(_cache) * (1L << 30)), HalfFeatures = parsed.GetValue(_half),
            CheckpointSeconds = parsed.GetValue(_checkpoint),
            Precision = parsed.GetValue(_precision) == "bf16" ? ComputePrecision.BFloat16 : ComputePrecision.Float32,
            Restarts = parsed.GetValue(_restarts), SurvivalAlpha = parsed.GetValue(_alpha),
            Folds = basis.Folds with
            {
                Folds = parsed.GetValue(_folds), Seed = (int)(seed & int.MaxValue),
                ValidationShare = parsed.GetValue(_validation), PreserveSites = parsed.GetValue(_sites),
            },
        };
    }

    /// <summary>Null: one run with the seed of the options.</summary>
    public IReadOnlyList<int>? Seeds(ParseResult parsed)
    {
        if (parsed.GetValue(_seeds) is not { } text)
            return null;
        if (parsed.GetResult(_seed) is { Implicit: false })
            throw new InputException("seeds-unreadable", "--seed and --seeds both say with which seeds to train; give one of them.");
        var seeds = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            seeds.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed
                : throw new InputException("seeds-unreadable", $"--seeds `{text}` is neither a number of seeds nor a list such as 3,5,8."));
        if (seeds.Count == 1)
            seeds = seeds[0] is >= 1 and <= 100 ? [.. Enumerable.Range(1, seeds[0])]
                : throw new InputException("seeds-unreadable", "--seeds takes a number from 1 to 100, or a list such as 3,5,8.");
        // A seed trained twice is no second one to judge the spread by.
        return seeds.GroupBy(seed => seed).FirstOrDefault(same => same.Count() > 1) is { Key: var twice }
            ? throw new InputException("seeds-unreadable", $"--seeds `{text}` names {twice} more than once; name each seed once.") : seeds;
    }
}
