using System.Globalization;
using Mhim.Features;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Metrics;
using Mhim.Mil.Training;

namespace Mhim.Benchmarks;

/// <summary>
/// Survival on the patients of <c>tcga_blca_survival.csv</c> with a planted risk: it is found (pooled C-index ≥ 0.65), it is not found where the signal goes to other
/// patients (0.5 ± 0.05), and events read the wrong way round are caught.
/// <code>survival [shuffles = 6]</code>
/// </summary>
static class SurvivalBenchmark
{
    const double Least = 0.65, Chance = 0.05;

    static readonly TrainingOptions Training = new() { Epochs = 15, LearningRate = 5e-4, Patience = 6, MinEpochs = 6 };

    // The student starts from the whole baseline. With the baseline's projection alone, the preset's start, it learns in bags of a hundred instances from the recycle
    // tokens, which are not there when it predicts; one line of the table shows that.
    static RunOptions Options(int seed) => RunOptions.Small with
    {
        Model = RunOptions.Small.Model with { EmbedDim = 64 }, Student = StudentStart.Baseline,
        Baseline = Training, Training = Training, Seed = (ulong)seed, Folds = new FoldOptions { Folds = 5, Seed = seed }, Device = "cpu",
    };

    public static int Run(string[] args)
    {
        var shuffles = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 6;
        var table = Path.Combine(TestData.Folder() ?? throw new DirectoryNotFoundException("survival needs ../shared/data (or MHIM_TEST_DATA)."), "tables", "tcga_blca_survival.csv");
        var cohort = CohortReader.Read(table);
        Console.WriteLine(cohort.Describe());
        Console.WriteLine();
        Console.WriteLine($"{"",-34}{"AB-MIL",8}{"95% interval",18}{"MHIM",8}{"95% interval",18}");
        var holds = true;

        var planted = Print("planted signal", cohort, SurvivalPlant.Bags(cohort, 1), Options(1));
        holds &= planted.All(index => index >= Least);
        Print("  student from the projection", cohort, SurvivalPlant.Bags(cohort, 1), Options(1) with { Student = StudentStart.Projection });
        Print("  and without recycling", cohort, SurvivalPlant.Bags(cohort, 1), Options(1) with { Student = StudentStart.Projection, Model = Options(1).Model with { Recycling = null } });
        var chance = new List<double[]>();
        for (var seed = 1; seed <= shuffles; seed++)
            chance.Add(Print($"signal shuffled, seed {seed}", cohort, SurvivalPlant.Bags(cohort, seed, shuffled: true), Options(seed)));
        double[] means = [chance.Average(c => c[0]), chance.Average(c => c[1])];
        Console.WriteLine($"{"shuffled, mean",-34}{means[0],8:0.000}{"",18}{means[1],8:0.000}");
        holds &= means.All(mean => Math.Abs(mean - 0.5) <= Chance);
        Console.WriteLine($"{chance.Sum(c => c.Count(index => Math.Abs(index - 0.5) <= Chance))} of {2 * shuffles} shuffled figures lie within 0.5 ± 0.05.");

        Console.WriteLine();
        Console.WriteLine("Polarity the wrong way round, --event-column censorship:");
        holds &= Refused(() => CohortReader.Read(table, new CohortOptions { EventColumn = "censorship" }));
        Console.WriteLine("The same column under a name that says nothing (status):");
        var neutral = Path.Combine(Directory.CreateTempSubdirectory("mhim-survival-").FullName, "renamed.csv");
        try
        {
            File.WriteAllLines(neutral, File.ReadLines(table).Select((line, i) => i == 0 ? line.Replace(",censorship,", ",status,", StringComparison.Ordinal) : line));
            holds &= Refused(() => CohortReader.Read(neutral));
            Console.WriteLine("With --event-column status, although 1 means censored:");
            var reversed = new CohortOptions { EventColumn = "status" };
            holds &= Refused(() => CohortReader.Read(neutral, reversed));
            Console.WriteLine("And insisted on, --polarity-checked:");
            var insisted = reversed with { PolarityChecked = true };
            Print("read so, judged so", CohortReader.Read(neutral, insisted), SurvivalPlant.Bags(cohort, 1), Options(1));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(neutral)!, recursive: true);
        }
        return holds ? 0 : 1;
    }

    static bool Refused(Func<Cohort> read)
    {
        try
        {
            foreach (var sentence in read().Describe().Split('\n'))
                Console.WriteLine("  " + sentence);
            return false;
        }
        catch (InputException e)
        {
            Console.WriteLine("  refused: " + e.Message);
            return true;
        }
    }

    /// <summary>Pooled C-index of baseline and MHIM.</summary>
    static double[] Print(string what, Cohort cohort, IBagSource bags, RunOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("mhim-survival-").FullName;
        try
        {
            var run = TrainingRun.Execute(cohort, bags, options, folder);
            var estimates = run.Stages.GroupBy(stage => stage.Stage).Select(stage =>
            {
                var rows = stage.SelectMany(fold => fold.HeldOut).ToArray();
                var scores = new RiskScores([.. rows.Select(row => row.Time!.Value)], [.. rows.Select(row => row.Event!.Value)], [.. rows.Select(row => row.Risk!.Value)]);
                return Bootstrap.Intervals([.. rows.Select(row => row.PatientId)], picked => [Concordance.Of(scores.Pick(picked)).Index])[0];
            }).ToArray();
            Console.WriteLine($"{what,-34}" + string.Concat(estimates.Select(e => $"{e.Value,8:0.000}{$"{e.Low:0.000} to {e.High:0.000}",18}")));
            return [.. estimates.Select(e => e.Value)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
