using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Benchmarks;

/// <summary>The classic MIL benchmarks, 10 folds × 5 seeds, plain AB-MIL and MHIM: accuracy (mean over seeds) and AUC.</summary>
static class ClassicMil
{
    static readonly (string Name, double Least)[] Sets = [("musk1", 0.87), ("elephant", 0.84), ("tiger", 0.81)];

    public static int Run(string[] args)
    {
        var seeds = args.Length > 0 ? int.Parse(args[0]) : 5;
        var reached = true;
        Console.WriteLine($"{"set",-10}{"model",-10}{"accuracy",10}{"±",8}{"AUC",8}{"wanted",8}");
        foreach (var (name, least) in Sets)
        {
            var table = BagTableReader.Read(Path.Combine(TestData.Folder() ?? throw new DirectoryNotFoundException("classic-mil needs ../shared/data (or MHIM_TEST_DATA)."), "mil", $"{name}.csv.gz"));
            var scores = new Dictionary<string, List<(double Accuracy, double Auc)>>();
            for (var seed = 1; seed <= seeds; seed++)
                foreach (var (stage, score) in Once(table.Cohort, new MemoryBagSource(table.Bags), seed))
                    (scores.TryGetValue(stage, out var list) ? list : scores[stage] = []).Add(score);
            foreach (var (stage, list) in scores)
            {
                var mean = list.Average(s => s.Accuracy);
                var deviation = Math.Sqrt(list.Sum(s => (s.Accuracy - mean) * (s.Accuracy - mean)) / Math.Max(1, list.Count - 1));
                reached &= stage != "baseline" || mean >= least;
                Console.WriteLine($"{name,-10}{stage,-10}{mean,10:0.000}{deviation,8:0.000}{list.Average(s => s.Auc),8:0.000}{(stage == "baseline" ? $"{least:0.00}" : ""),8}");
            }
        }
        return reached ? 0 : 1;
    }

    static IEnumerable<(string Stage, (double Accuracy, double Auc))> Once(Cohort cohort, IBagSource bags, int seed)
    {
        var small = RunOptions.Small;
        var training = new TrainingOptions { Epochs = 60, LearningRate = 5e-4, WeightDecay = 1e-3, Patience = 0 };
        var options = small with
        {
            Baseline = training, Training = training, Seed = (ulong)seed, Folds = new FoldOptions { Folds = 10, Seed = seed, ValidationShare = 0.1 }, Device = "cpu",
        };
        var folder = Path.Combine(Path.GetTempPath(), $"mhim-classic-{Guid.NewGuid():N}");
        try
        {
            var run = TrainingRun.Execute(cohort, bags, options, folder);
            foreach (var summary in run.Summaries)
            {
                var rows = run.Stages.Where(stage => stage.Stage == summary.Stage).SelectMany(stage => stage.HeldOut).ToList();
                yield return (summary.Stage, (rows.Average(row => (row.Outputs[1] > 0.5 ? 1 : 0) == row.Label ? 1.0 : 0), summary.Pooled));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
