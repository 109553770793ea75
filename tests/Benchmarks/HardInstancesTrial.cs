using System.Globalization;
using Mhim.Mil;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>Single trainings, for finding settings: <c>hard-instances trial backbone=abmil b=3 seeds=1-2 lr=1e-3 [shape=large] …</c></summary>
static class HardInstancesTrial
{
    public static int Run(string[] args)
    {
        // trial: backbone b seeds width epochs lr variants
        var words = args.Select(a => a.Split('=')).ToDictionary(w => w[0], w => w.Length > 1 ? w[1] : "");
        string Word(string name, string otherwise) => words.GetValueOrDefault(name, otherwise);
        double Number(string name, double otherwise) => double.Parse(Word(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        var isLarge = Word("shape", "") == "large";
        set_num_threads(isLarge ? 2 : 1);
        var preset = Presets.Of("mhim-v2", Word("backbone", "abmil"));
        var training = new TrainingOptions { Epochs = (int)Number("epochs", 30), LearningRate = Number("lr", 5e-4), Patience = (int)Number("patience", 0), MinEpochs = 15, WeightDecay = Number("wd", 1e-5) };
        var model = preset.Model with { EmbedDim = (int)Number("width", 128), Dropout = Number("dropout", 0.25) };
        model = model with
        {
            Masking = new MaskingOptions { RatioHigh = Number("h", 0.03), RatioHighRandom = Number("hr", 1) },
            Recycling = Number("keep", 0.9) >= 1 ? null : new RecyclingOptions { KeepRatio = Number("keep", 0.9), Tokens = (int)Number("k", 5), Momentum = Number("mmm", 0.9999) },
            Consistency = new ConsistencyOptions { Weight = Number("a", 0.5) },
            Teacher = new TeacherOptions { Momentum = Number("mm", 0.9997), Scores = Enum.Parse<InstanceScoreKind>(Word("scores", "ClassAware")) },
        };
        var options = preset with
        {
            Model = model, Baseline = training with { Epochs = (int)Number("bepochs", training.Epochs), LearningRate = Number("blr", training.LearningRate) }, Training = training with { WeightDecay = Number("twd", training.WeightDecay), LearningRate = Number("tlr", training.LearningRate) },
            Student = Enum.Parse<StudentStart>(Word("student", "Projection")),
            TeacherFromBaseline = Word("own", "") == "",
            Precision = Enum.Parse<ComputePrecision>(Word("precision", nameof(ComputePrecision.Float32))),
        };
        var seeds = Word("seeds", "1").Split('-').Select(int.Parse).ToArray();
        var restart = (int)Number("restart", 0);
        var (plain, mhim) = (new List<double>(), new List<double>());
        List<double> pv = [], pl = [], mv = [], ml = [];
        for (var seed = seeds[0]; seed <= seeds[^1]; seed++)
        {
            using var trainings = new HardInstancesTrainings(isLarge ? HardShape.Large : new HardShape(Salient: (int)Number("salient", 8)), Number("b", 1.5), seed, Console.WriteLine);
            var pr = trainings.Get(HardTraining.Baseline(options) with { Restart = restart });
            plain.Add(pr.Test);
            pv.Add(pr.Validation);
            pl.Add(pr.ValidationLoss);
            if (Word("what", "both") == "both")
            {
                var r = trainings.Get(new HardTraining(options, true) { Restart = restart });
                Console.WriteLine("      masked subtle/salient: " + string.Join(" ", r.Masked.Select(m => $"{m:0.00}")));
                mhim.Add(r.Test);
                mv.Add(r.Validation);
                ml.Add(r.ValidationLoss);
            }
        }
        Console.WriteLine(string.Join(" ", args));
        string Spread(List<double> of) => of.Count > 1 ? $" ± {SeedStatistics.Deviation(of):0.000}" : "";
        var chance = mhim.Count > 1 ? $"  p {SeedStatistics.PairedT([.. mhim.Zip(plain, (m, b) => m - b)]).P:0.0000}" : "";
        Console.WriteLine($"== plain validation {pv.Average():0.000} loss {pl.Average():0.000}  test {plain.Average():0.000}{Spread(plain)}" + (mhim.Count > 0 ? $"  mhim validation {mv.Average():0.000} loss {ml.Average():0.000}" : "") + (mhim.Count > 0 ? $"  mhim {mhim.Average():0.000}{Spread(mhim)}  gain {mhim.Average() - plain.Average():+0.000;-0.000;+0.000}{chance}" : ""));
        return 0;
    }
}
