using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>What a run folder was made from, so that a run that is taken up again cannot mix two.</summary>
/// <param name="Options">SHA-256 of the options (without device, cache and checkpoints).</param>
/// <param name="Cohort">SHA-256 of rows and splits.</param>
/// <param name="Features">SHA-256 of what tells the feature files from others; null in runs that did not write it yet.</param>
/// <param name="Kind">SHA-256 of what the features are of (encoder, width, tiles), as their files or the user say; null in runs that did not write it yet.</param>
internal sealed record RunFingerprint(string Options, string Cohort, string? Features, string? Kind = null)
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "fingerprint.json";

    /// <summary>What tells each slide's features from others; null in runs that did not write it yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string?>? Stamps { get; init; }

    /// <summary>Leaves the fingerprint in the folder, or compares it with the one that is there. Features that nothing was made of yet may have changed.</summary>
    /// <exception cref="InputException"><c>run-differs</c>.</exception>
    public static RunFingerprint Require(string outDir, Cohort cohort, IReadOnlyList<Split> splits, RunOptions options, IBagSource bags, FeatureKind? kind)
    {
        var file = Path.Combine(outDir, FileName);
        var comparable = options with { Device = "auto", CacheBytes = 0, CheckpointSeconds = 0 };
        var parts = splits.Select(split => new
        {
            split.Fold,
            Train = split.Train.Select(row => row.Id),
            Validation = split.Validation.Select(row => row.Id),
            Test = split.Test.Select(row => row.Id),
        });
        var stamps = cohort.SlideIds.Select(slide => (Slide: slide, Stamp: bags.Stamp(slide))).ToArray();
        var now = new RunFingerprint(Hash(comparable), Hash(new { cohort.Task, cohort.Classes, cohort.Rows, Splits = parts }), Hash(stamps.Select(one => one.Stamp)),
            Hash(kind is null ? (object?)bags.Said : kind with { EncoderSha256 = null })) // a run that did not ask for the model's hash yet goes on
        { Stamps = stamps.ToDictionary(one => one.Slide, one => one.Stamp) };
        if (!File.Exists(file) && RunFolder.Holds(outDir) is { } foreign)
            throw new InputException("run-differs", $"{outDir} holds a {foreign} that is not of this run. Name another folder, or remove it to start afresh.");
        var settings = Path.Combine(outDir, "options.json");
        if (!File.Exists(file) || !HasTrained(outDir))
        {
            MilJson.Write(settings, comparable);
            MilJson.Write(file, now);
        }
        else
        {
            var before = MilJson.Read<RunFingerprint>(file, "run-differs");
            // Seed and folds decide the splits: whoever changed one of them has no other cohort.
            var other = before.Options == now.Options ? "" : "with other options" + Which(settings, comparable);
            if (before.Cohort != now.Cohort)
                throw Differs(outDir, other.Length == 0 ? "on another cohort or other splits" : $"{other}, and on other splits or another cohort");
            if (other.Length > 0)
                throw Differs(outDir, other);
            if (before.Kind is not null && before.Kind != now.Kind)
                throw Differs(outDir, "on features of another encoder or of other tiles (--encoder-id and --tiles say which)");
            if (before.Features is not null && before.Features != now.Features)
                RequireUnused(outDir, splits, options, before.Stamps, now.Stamps);
            if (before.Features != now.Features || before.Stamps is null)
                MilJson.Write(file, now);
        }
        return now;
    }

    static InputException Differs(string outDir, string how, string wayOut = "Name another folder, or remove it to start afresh.") => new("run-differs", $"{outDir} holds a run {how}. {wayOut}");

    static void RequireUnused(string outDir, IReadOnlyList<Split> splits, RunOptions options, IReadOnlyDictionary<string, string?>? before, IReadOnlyDictionary<string, string?> now)
    {
        if (before is null)
            throw Differs(outDir, "on features that have changed since");
        if (ChangedFeatures.Used(outDir, splits, options.ChooseOnTest, before, now) is not { Count: > 0 } used)
            return;
        throw Differs(outDir, $"on features that have changed since: {Few.Of(used.Select(use => $"`{use.Slide}` ({use.Part} part of fold {use.Fold})"))}",
            $"Put those files back, name another folder, or remove {string.Join(", ", used.Select(use => $"fold-{use.Fold}").Distinct())} to train again what was made of them.");
    }

    /// <summary>Which options differ; nothing where the folder does not say what it was made with.</summary>
    static string Which(string settings, RunOptions now) =>
        File.Exists(settings) && SettingDifferences.Words(MilJson.Read<JsonElement>(settings, "run-differs"), now) is { Length: > 0 } which ? $" (there → here: {which})" : "";

    /// <summary>Whether anything was learned yet: a run that stopped at a file which could not be read may be begun again with a better one.</summary>
    static bool HasTrained(string outDir) => Directory.Exists(outDir) && Directory.EnumerateDirectories(outDir, "fold-*").Any(ChangedFeatures.HasBegun);

    static string Hash<T>(T value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(MilJson.Text(value))));
}
