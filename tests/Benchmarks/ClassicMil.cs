using System.Globalization;
using Mhim.Mil;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Benchmarks;

/// <summary>
/// The classic MIL benchmarks, 10 folds × 5 seeds, plain AB-MIL and MHIM: accuracy over all held-out bags of a seed, its mean and deviation over seeds.
/// No validation part: the epochs are fixed and the last one is taken, so nothing is chosen on held-out bags. The settings were found on seeds 100 to 103.
/// <code>classic-mil [seeds = 5] [name=value …]</code> with set, first, epochs, lr, wd, dropout, width, raw (1: features as they are; 0: standardised) and plain for trials.
/// </summary>
static class ClassicMil
{
    // elephant and tiger count things that most regions do not have: brought to one deviation, what is rare would shout.
    static readonly (string Name, double Least, bool Raw, double WeightDecay, double Dropout)[] Sets =
        [("musk1", 0.87, false, 1e-3, 0.25), ("elephant", 0.84, true, 1e-2, 0.25), ("tiger", 0.81, true, 1e-2, 0.5)];

    public static int Run(string[] args)
    {
        var words = args.Select(arg => arg.Split('=')).Where(word => word.Length == 2).ToDictionary(word => word[0], word => word[1]);
        double Number(string name, double otherwise) => words.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        var seeds = args.Length > 0 && int.TryParse(args[0], CultureInfo.InvariantCulture, out var number) ? number : 5;
        var training = new TrainingOptions { Epochs = (int)Number("epochs", 40), LearningRate = Number("lr", 5e-4), Patience = 0 };
        var model = RunOptions.Small.Model with { EmbedDim = (int)Number("width", 128) };
        var common = RunOptions.Small with { Device = "cpu", CheckpointSeconds = 600, Model = words.ContainsKey("plain") ? model.AsBaseline() : model };

        var reached = true;
        Console.WriteLine($"{training.Epochs} epochs, rate {training.LearningRate}, width {model.EmbedDim}");
        Console.WriteLine($"{"set",-10}{"model",-10}{"accuracy",10}{"±",8}{"AUC",8}{"±",8}{"p",9}{"wanted",8}");
        foreach (var (name, least, raw, decay, dropout) in Sets.Where(set => words.GetValueOrDefault("set", set.Name) == set.Name))
        {
            var decayed = training with { WeightDecay = Number("wd", decay) };
            var options = common with { Model = common.Model with { Dropout = Number("dropout", dropout) }, Baseline = decayed, Training = decayed, Standardize = !(words.TryGetValue("raw", out var asked) ? asked == "1" : raw) };
            var folder = TestData.Folder() ?? throw new DirectoryNotFoundException("classic-mil needs ../shared/data (or MHIM_TEST_DATA).");
            var table = BagTableReader.Read(Path.Combine(folder, "mil", $"{name}.csv.gz"));
            var scores = new Dictionary<string, List<(double Accuracy, double Auc)>>();
            for (var seed = (int)Number("first", 1); seed < (int)Number("first", 1) + seeds; seed++)
                foreach (var (stage, score) in Once(table.Cohort, new MemoryBagSource(table.Bags), options, seed))
                    (scores.TryGetValue(stage, out var list) ? list : scores[stage] = []).Add(score);
            foreach (var (stage, list) in scores)
            {
                double[] accuracies = [.. list.Select(score => score.Accuracy)], aucs = [.. list.Select(score => score.Auc)];
                var accuracy = accuracies.Average();
                reached &= stage != "baseline" || accuracy >= least;
                var p = stage == "baseline" ? "" : $"{SeedStatistics.PairedT([.. list.Zip(scores["baseline"], (m, b) => m.Accuracy - b.Accuracy)]).P:0.000}";
                Console.WriteLine($"{name,-10}{stage,-10}{accuracy,10:0.000}{SeedStatistics.Deviation(accuracies),8:0.000}{aucs.Average(),8:0.000}{SeedStatistics.Deviation(aucs),8:0.000}{p,9}{(stage == "baseline" ? $"{least:0.00}" : ""),8}");
            }
        }
        return reached ? 0 : 1;
    }

    static IEnumerable<(string Stage, (double Accuracy, double Auc))> Once(Cohort cohort, IBagSource bags, RunOptions options, int seed)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"mhim-classic-{Guid.NewGuid():N}");
        try
        {
            // The validation part of each fold joins its training part: nothing is chosen.
            var folds = PatientFolds.Make(cohort, new FoldOptions { Folds = 10, Seed = seed }).Select(fold => fold with { Train = [.. fold.Train, .. fold.Validation], Validation = [] });
            var run = TrainingRun.Execute(cohort, [.. folds], bags, options with { Seed = (ulong)seed }, folder);
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
