using System.Globalization;
using Mhim.Features;
using Mhim.Mil;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Training;

namespace Mhim.Benchmarks;

/// <summary>
/// MHIM's claim, made measurable. Bags of 800 instances of Gaussian noise in 128 dimensions and two random directions per seed; every positive bag holds 16
/// subtle instances (shifted by b along the second), six in ten of them also 8 salient ones (shifted by 6 along the first). 80 training, 40
/// validation and 200 test bags. b is chosen so that the plain baseline's mean test AUC lies between 0.75 and 0.85, before MHIM is run at all;
/// MHIM's settings come from the reference grid by validation.
/// <code>hard-instances [seeds = 10] [abmil|dsmil|transmil …]</code>
/// </summary>
static class HardInstances
{
    const int Dim = 128, Instances = 800, Subtle = 16, Salient = 8, Train = 80, Validation = 40, Test = 200;
    const double SalientShift = 6;

    static readonly TrainingOptions Training = new() { Epochs = 30, LearningRate = 5e-4, Patience = 10, MinEpochs = 15 };

    public static int Run(string[] args)
    {
        var seeds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10;
        var backbones = args.Length > 1 ? args[1..] : ["abmil", "dsmil", "transmil"];
        var holds = true;
        foreach (var backbone in backbones)
        {
            var shift = ChooseShift(backbone, Math.Min(seeds, 3));
            Console.WriteLine($"{backbone}: b = {shift:0.00}");
            var baseline = new List<double>();
            var methods = Methods(backbone).ToDictionary(method => method.Name, _ => new List<double>());
            for (var seed = 1; seed <= seeds; seed++)
                foreach (var (name, options) in Methods(backbone))
                {
                    var run = Once(options, shift, seed);
                    methods[name].Add(run.Summaries.Single(s => s.Stage == "mhim").Pooled);
                    if (name == "mhim-v2")
                        baseline.Add(run.Summaries.Single(s => s.Stage == "baseline").Pooled);
                }
            Console.WriteLine($"  {"plain",-22}{baseline.Average(),7:0.000}");
            foreach (var (name, scores) in methods)
            {
                var (gain, p) = PairedT(scores.Zip(baseline, (m, b) => m - b).ToList());
                Console.WriteLine($"  {name,-22}{scores.Average(),7:0.000}  {gain,7:+0.000;-0.000}  p = {p:0.0000}");
                if (name == "mhim-v2" && backbone != "transmil")
                    holds &= gain >= 0.03 && p < 0.05;
            }
        }
        return holds ? 0 : 1;
    }

    static IEnumerable<(string Name, RunOptions Options)> Methods(string backbone)
    {
        var v2 = Options(backbone);
        yield return ("mhim-v2", v2 with { Search = SearchGrid.Reference });
        yield return ("masking alone", v2 with { Model = v2.Model with { Recycling = null, Consistency = new ConsistencyOptions { Weight = 0 } } });
        yield return ("recycling alone", v2 with { Model = v2.Model with { Masking = new MaskingOptions { RatioHigh = 0 }, Consistency = new ConsistencyOptions { Weight = 0 } } });
        yield return ("consistency alone", v2 with { Model = v2.Model with { Masking = new MaskingOptions { RatioHigh = 0 }, Recycling = null } });
    }

    static RunOptions Options(string backbone)
    {
        var preset = Presets.Of("mhim-v2", backbone);
        return preset with { Model = preset.Model with { EmbedDim = 128 }, Baseline = Training, Training = Training, Threads = 2, Standardize = false, Device = "cpu" };
    }

    /// <summary>The smallest shift at which the baseline's mean test AUC reaches 0.78: the middle of the wanted range, by halving.</summary>
    static double ChooseShift(string backbone, int seeds)
    {
        var plain = Options(backbone);
        plain = plain with { Model = plain.Model.AsBaseline() };
        var (low, high) = (0.5, 5.0);
        for (var i = 0; i < 6; i++)
        {
            var shift = (low + high) / 2;
            var auc = Enumerable.Range(1, seeds).Average(seed => Once(plain, shift, seed).Summaries.Single().Pooled);
            Console.WriteLine($"  {backbone} plain at b = {shift:0.00}: {auc:0.000}");
            if (auc is > 0.76 and < 0.84)
                return shift;
            (low, high) = auc < 0.8 ? (shift, high) : (low, shift);
        }
        return (low + high) / 2;
    }

    static RunResult Once(RunOptions options, double shift, int seed)
    {
        var random = new Random(seed);
        double[] first = Direction(random), second = Direction(random);
        var (bags, rows) = (new List<FeatureBag>(), new List<CohortRow>());
        for (var i = 0; i < Train + Validation + Test; i++)
        {
            var positive = i % 2 == 1;
            var features = new float[Instances * Dim];
            for (var k = 0; k < features.Length; k++)
                features[k] = (float)Normal(random);
            if (positive)
            {
                Shift(features, 0, Subtle, second, shift);
                if (random.NextDouble() < 0.6)
                    Shift(features, Subtle, Salient, first, SalientShift);
            }
            bags.Add(new FeatureBag($"bag-{i}", "noise", Dim, features, [], null));
            rows.Add(new CohortRow($"bag-{i}", $"bag-{i}", [$"bag-{i}"], positive ? 1 : 0));
        }
        var split = new Split(0, rows[..Train], rows[Train..(Train + Validation)], rows[(Train + Validation)..]);
        var folder = Path.Combine(Path.GetTempPath(), $"mhim-hard-{Guid.NewGuid():N}");
        try
        {
            return TrainingRun.Execute(Cohort.OfClasses(["negative", "positive"], rows), [split], new MemoryBagSource(bags), options with { Seed = (ulong)seed }, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Shift(float[] features, int from, int count, double[] direction, double by)
    {
        for (var n = from; n < from + count; n++)
            for (var d = 0; d < Dim; d++)
                features[n * Dim + d] += (float)(by * direction[d]);
    }

    static double[] Direction(Random random)
    {
        var direction = Enumerable.Range(0, Dim).Select(_ => Normal(random)).ToArray();
        var length = Math.Sqrt(direction.Sum(x => x * x));
        return [.. direction.Select(x => x / length)];
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Mean of paired differences and its two-sided p by Student's t.</summary>
    static (double Mean, double P) PairedT(IReadOnlyList<double> differences)
    {
        var n = differences.Count;
        var mean = differences.Average();
        var error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, n - 1) / n);
        if (n < 2 || error == 0)
            return (mean, double.NaN);
        // The tail of t by integrating its density; n − 1 degrees of freedom.
        double t = Math.Abs(mean / error), v = n - 1, area = 0, whole = 0;
        const double step = 0.001;
        for (var x = step / 2; x < 200; x += step)
        {
            var density = Math.Pow(1 + x * x / v, -(v + 1) / 2);
            whole += density;
            if (x > t)
                area += density;
        }
        return (mean, area / whole);
    }
}
