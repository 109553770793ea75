using System.Globalization;
using Mhim.Mil;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

static class HardInstances
{
    public static int Run(string[] args)
    {
        // trial: backbone b seeds width epochs lr variants
        var words = args.Select(a => a.Split('=')).ToDictionary(w => w[0], w => w.Length > 1 ? w[1] : "");
        string Word(string name, string otherwise) => words.GetValueOrDefault(name, otherwise);
        double Number(string name, double otherwise) => double.Parse(Word(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        set_num_threads(1);
        var preset = Presets.Of("mhim-v2", Word("backbone", "abmil"));
        var training = new TrainingOptions { Epochs = (int)Number("epochs", 30), LearningRate = Number("lr", 5e-4), Patience = (int)Number("patience", 0), MinEpochs = 15 };
        var model = preset.Model with { EmbedDim = (int)Number("width", 128), Dropout = Number("dropout", 0.25) };
        model = model with
        {
            Masking = new MaskingOptions { RatioHigh = Number("h", 0.03) },
            Recycling = Number("keep", 0.9) >= 1 ? null : new RecyclingOptions { KeepRatio = Number("keep", 0.9), Tokens = (int)Number("k", 5), Momentum = Number("mmm", 0.9999) },
            Consistency = new ConsistencyOptions { Weight = Number("a", 0.5) },
            Teacher = new TeacherOptions { Momentum = Number("mm", 0.9997), Scores = Enum.Parse<InstanceScoreKind>(Word("scores", "ClassAware")) },
        };
        var options = preset with
        {
            Model = model, Baseline = training with { Epochs = (int)Number("bepochs", training.Epochs), LearningRate = Number("blr", training.LearningRate) }, Training = training,
            Student = Enum.Parse<StudentStart>(Word("student", "Projection")),
            TeacherFromBaseline = Word("own", "") == "",
        };
        var seeds = Word("seeds", "1").Split('-').Select(int.Parse).ToArray();
        var (plain, mhim) = (new List<double>(), new List<double>());
        for (var seed = seeds[0]; seed <= seeds[^1]; seed++)
        {
            using var trainings = new HardInstancesTrainings(new HardShape(), Number("b", 1.5), seed, Console.WriteLine);
            plain.Add(trainings.Get(new HardTraining(options with { Model = model.AsBaseline() }, true)).Test);
            if (Word("what", "both") == "both")
            {
                var r = trainings.Get(new HardTraining(options, true));
                Console.WriteLine("      masked subtle/salient: " + string.Join(" ", r.Masked.Select(m => $"{m:0.00}")));
                mhim.Add(r.Test);
            }
        }
        Console.WriteLine($"plain {plain.Average():0.000}" + (mhim.Count > 0 ? $"  mhim {mhim.Average():0.000}  gain {mhim.Average() - plain.Average():+0.000;-0.000}" : ""));
        return 0;
    }
}
