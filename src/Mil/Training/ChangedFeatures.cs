using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Training;

/// <summary>Which slides' features changed after a run had used them. What nothing was made of yet may change: a file that cannot be read is mended, and the run goes on.</summary>
internal static class ChangedFeatures
{
    /// <summary>Files that say that a fold has begun.</summary>
    static readonly string[] Begun = ["training.json", "checkpoint.safetensors", FoldResult.FileName];

    /// <summary>Whether anything was learned in a fold's folder yet.</summary>
    public static bool HasBegun(string foldDir) => Directory.Exists(foldDir)
        && Directory.EnumerateFiles(foldDir, "*", SearchOption.AllDirectories).Any(path => Begun.Contains(Path.GetFileName(path)));

    /// <summary>Changed slides that a fold was trained on, or was judged by.</summary>
    /// <param name="outDir">The run's folder.</param>
    /// <param name="splits">All of the run's.</param>
    /// <param name="chosenOnTest">Whether the test part chooses the epoch, and so is read when training begins.</param>
    /// <param name="before">Stamps when the run was last taken up.</param>
    /// <param name="now">Stamps now.</param>
    public static IReadOnlyList<Use> Used(string outDir, IReadOnlyList<Split> splits, bool chosenOnTest, IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> now)
    {
        var used = new List<Use>();
        foreach (var split in splits)
        {
            var dir = Path.Combine(outDir, $"fold-{split.Fold}");
            if (!HasBegun(dir))
                continue;
            Add("training", split.Train);
            Add("validation", split.Validation);
            if (chosenOnTest || File.Exists(Path.Combine(dir, FoldResult.FileName)))
                Add("test", split.Test);

            void Add(string part, IReadOnlyList<CohortRow> rows) => used.AddRange(rows.SelectMany(row => row.SlideIds)
                .Where(slide => before.GetValueOrDefault(slide) != now.GetValueOrDefault(slide)).Select(slide => new Use(slide, part, split.Fold)));
        }
        return used;
    }

    /// <summary>A slide in a part of a fold.</summary>
    public sealed record Use(string Slide, string Part, int Fold);
}
