using System.Globalization;
using Mhim.Mil;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>
/// MHIM's claim, made measurable. Bags of 800 instances of Gaussian noise in 128 dimensions and two random directions per seed; every positive bag holds 16
/// subtle instances (shifted by b along the second), six in ten of them also 8 salient ones (shifted by 6 along the first). 80 training, 40
/// validation and 200 test bags. b is the largest step at which the plain baseline's mean test AUC is at most 0.85 (over all seeds, TransMIL's over
/// three), before MHIM is run: whoever finds the salient instances alone has 0.80, however small b is. MHIM's settings come from the reference grid: by the mean validation AUC of two seeds, for all alike, and
/// by each seed's own validation, as <c>mhim train --search</c> does it. To choose the best of many trainings is an advantage in itself, so the baseline is given as many, with other random
/// numbers. No choice but b's sees a test part.
/// TransMIL, whose trainings take minutes each, chooses the mask's ratio and takes the rest from AB-MIL; the large bags take AB-MIL's settings.
/// <c>paper</c> is AB-MIL once more, 512 wide at the paper's rate and weight decay.
/// <code>hard-instances [seeds = 10] [abmil|paper|dsmil|transmil|large …]      hard-instances trial name=value …</code>
/// </summary>
static class HardInstances
{
    const string OwnChoice = "mhim-v2, each seed's choice", OwnBaseline = "plain, best of as many";

    static readonly int[] ChoosingSeeds = [1, 2];
    static readonly double[] Shifts = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.5, 4.75, 5.0, 5.5];

    // Weight decay 1e-2 and rate 1e-3 had the best validation of what was tried for the baseline; with 1e-5 it learns the noise of 80 bags by heart.
    static readonly TrainingOptions Plain = new() { Epochs = 20, LearningRate = 1e-3, WeightDecay = 1e-2, Patience = 0, MinEpochs = 15 };

    // The reference's weight decay: at 1e-2 the head is so small that the consistency outweighs the task (validation 0.854 against 0.878).
    static readonly TrainingOptions Mhim = Plain with { WeightDecay = 1e-5 };

    static readonly TrainingOptions Paper = Mhim with { LearningRate = 2e-4 };

    static RunOptions Regime(string name)
    {
        var (backbone, width, plain, mhim, student) = name switch
        {
            // A student that starts from the whole baseline did better here on seeds over 200 than one that starts from its projection.
            "paper" => ("abmil", 512, Paper, Paper, StudentStart.Baseline),
            // DSMIL's baseline finds the subtle instances in one seed and nothing in the next; narrower and for longer its mean rises less abruptly with b.
            "dsmil" => (name, 64, Plain with { Epochs = 40 }, Mhim with { Epochs = 40 }, StudentStart.Projection),
            "large" => ("abmil", 128, Plain, Mhim, StudentStart.Projection),
            _ => (name, 128, Plain, Mhim, StudentStart.Projection),
        };
        var preset = Presets.Of("mhim-v2", backbone);
        return preset with { Model = preset.Model with { EmbedDim = width }, Baseline = plain, Training = mhim, Student = student };
    }

    /// <summary>What was chosen for a backbone, as it is needed again.</summary>
    static readonly Dictionary<string, (RunOptions Chosen, RunOptions Weighed)> Choices = [];

    public static int Run(string[] args)
    {
        if (args is ["trial", ..])
            return HardInstancesTrial.Run(args[1..]);
        var seeds = args.Length > 0 && int.TryParse(args[0], out var number) ? number : 10;
        var names = args.Where(arg => !int.TryParse(arg, out _)).ToArray();
        var holds = true;
        foreach (var name in names.Length > 0 ? names : ["abmil", "paper", "dsmil", "transmil", "large"])
            holds &= name == "large" ? Table(name, HardShape.Large, 1) : Table(name, new HardShape(), seeds);
        return holds ? 0 : 1;
    }

    static bool Table(string name, HardShape shape, int seeds)
    {
        var options = Regime(name);
        var plain = new HardTraining(options with { Model = options.Model.AsBaseline() }, Test: true);
        int[] all = [.. Enumerable.Range(1, seeds)], few = [.. ChoosingSeeds.Where(seed => seed <= seeds)];

        var shift = ChooseShift(plain, shape, name == "transmil" ? [.. all.Take(3)] : all);
        var reuse = Choices.TryGetValue("abmil", out var small) && name is "transmil" or "large";
        RunOptions[] Ratios(RunOptions settings) => shape != new HardShape() ? [settings] :
            [.. SearchGrid.Reference.RatioHigh.Select(ratio => settings with { Model = settings.Model with { Masking = settings.Model.Masking! with { RatioHigh = ratio } } })];
        var chosen = Choose(shape, shift, few, reuse
            ? Ratios(With(options, small.Chosen))
            : [.. SearchGrid.Reference.Over(options.Model).Select(model => options with { Model = model })]);
        // Beyond the reference's grid, and said so in the table: how much the consistency weighs, under either weight decay.
        var weighed = reuse
            ? Choose(shape, shift, few, Ratios(With(options, small.Weighed)))
            : Choose(shape, shift, few,
            [
                .. from weight in (double[])[0.5, 0.1, 0.02]
                   from decay in (double[])[1e-5, 1e-2]
                   select chosen with { Training = options.Training with { WeightDecay = decay }, Model = chosen.Model with { Consistency = new ConsistencyOptions { Weight = weight } } },
            ]);
        Choices.TryAdd(name, (chosen, weighed));
        var none = new ConsistencyOptions { Weight = 0 };
        var noMask = new MaskingOptions { RatioHigh = 0 };
        var half = new HardTraining(weighed with { Precision = ComputePrecision.BFloat16 }, true);
        List<(string Name, HardTraining Training)> rows =
        [
            ("plain", plain),
            ("mhim-v2, reference grid", new(chosen, true)),
            ("mhim-v2, weight chosen too", new(weighed, true)),
        ];
        if (name != "transmil")
            rows.AddRange(
            [
                ("masking alone", new(chosen with { Model = chosen.Model with { Recycling = null, Consistency = none } }, true)),
                ("recycling alone", new(chosen with { Model = chosen.Model with { Masking = noMask, Consistency = none } }, true)),
                ("consistency alone", new(chosen with { Model = chosen.Model with { Masking = noMask, Recycling = null } }, true)),
            ]);
        if (name != "transmil" && shape == new HardShape())
            rows.AddRange(
            [
                ("plain, twice the epochs", plain with { Options = plain.Options with { Baseline = options.Baseline with { Epochs = 2 * options.Baseline.Epochs } } }),
                ("plain, bf16", half with { Options = half.Options with { Model = half.Options.Model.AsBaseline() } }),
                ("mhim-v2, weight chosen, bf16", half),
            ]);
        if (options.Baseline.WeightDecay < Plain.WeightDecay) // how much of a gain is regularisation alone
            rows.Add(("plain, weight decay 1e-2", plain with { Options = plain.Options with { Baseline = options.Baseline with { WeightDecay = Plain.WeightDecay } } }));
        var results = Train(shape, shift, all, [.. rows.Select(row => row.Training)]).ToList();
        if (!reuse && seeds > 1)
        {
            RunOptions[] grid = [.. SearchGrid.Reference.Over(options.Model).Select(model => options with { Model = model })];
            rows.Insert(2, (OwnChoice, new(chosen, true)));
            results.Insert(2, Best(shape, shift, all, [.. grid.Select(point => new HardTraining(point, Test: false))]));
            rows.Add((OwnBaseline, plain));
            results.Add(Best(shape, shift, all, [.. grid.Select((_, restart) => plain with { Test = false, Restart = restart })]));
        }
        var plains = results[0].Select(result => result.Test).ToList();
        Console.WriteLine(Text($"{name} {shape}, b = {shift:0.00}, {seeds} seeds; {Words(chosen)}; weight chosen: {Words(weighed)}"));
        Console.WriteLine($"  {"",-28}{"test AUC",9}{"±",8}{"gain",9}{"p",10}{"validation",12}");
        var holds = true;
        for (var i = 0; i < rows.Count; i++)
        {
            var scores = results[i].Select(result => result.Test).ToList();
            var (gain, p) = SeedStatistics.PairedT(scores.Zip(plains, (m, b) => m - b).ToList());
            var against = i == 0 ? new string(' ', 19) : Text($"{gain,9:+0.000;-0.000}{p,10:0.0000}");
            Console.WriteLine(Text($"  {rows[i].Name,-28}{scores.Average(),9:0.000}{SeedStatistics.Deviation(scores),8:0.000}{against}{results[i].Average(r => r.Validation),12:0.000}"));
            if (rows[i].Name == OwnChoice) // what is claimed is claimed of the reference grid
            {
                holds = gain >= 0.03 && p < 0.05;
                var (more, chance) = SeedStatistics.PairedT(scores.Zip(results[^1], (m, b) => m - b.Test).ToList());
                Console.WriteLine(Text($"  {"  against the best baseline",-28}{"",17}{more,9:+0.000;-0.000}{chance,10:0.0000}"));
            }
        }
        return holds && plains.Average() is >= 0.75 and <= 0.85;
    }

    static double ChooseShift(HardTraining plain, HardShape shape, int[] seeds)
    {
        bool Within(int i)
        {
            var auc = Train(shape, Shifts[i], seeds, [plain])[0].Average(result => result.Test);
            Console.WriteLine(Text($"  plain at b = {Shifts[i]:0.00}: {auc:0.000}"));
            return auc <= 0.85;
        }
        // Halved again and again: the mean rises with b.
        int at = 0, beyond = Shifts.Length;
        for (var i = Array.IndexOf(Shifts, 3.0); beyond - at > 1; i = (at + beyond) / 2)
            if (Within(i))
                at = i;
            else
                beyond = i;
        return Shifts[at];
    }

    static RunOptions Choose(HardShape shape, double shift, int[] seeds, RunOptions[] points)
    {
        var results = Train(shape, shift, seeds, [.. points.Select(point => new HardTraining(point, Test: false))]);
        return points.Zip(results).OrderByDescending(pair => pair.Second.Average(r => r.Validation)).ThenBy(pair => pair.Second.Average(r => r.ValidationLoss)).First().First;
    }

    /// <summary>For each seed the training with the best validation, and only of that the test part.</summary>
    static HardResult[] Best(HardShape shape, double shift, int[] seeds, HardTraining[] trainings)
    {
        var validated = Train(shape, shift, seeds, trainings);
        var best = seeds.Select((_, s) => trainings[Enumerable.Range(0, trainings.Length).OrderByDescending(t => validated[t][s].Validation).ThenBy(t => validated[t][s].ValidationLoss).First()]).ToArray();
        return Train(shape, shift, seeds, 1, s => [best[s] with { Test = true }])[0];
    }

    static HardResult[][] Train(HardShape shape, double shift, int[] seeds, HardTraining[] trainings) => Train(shape, shift, seeds, trainings.Length, _ => trainings);

    /// <summary>[training][seed]; two seeds at a time, one thread each.</summary>
    /// <param name="trainingsOf">Trainings of the seed at that place.</param>
    static HardResult[][] Train(HardShape shape, double shift, int[] seeds, int count, Func<int, HardTraining[]> trainingsOf)
    {
        var results = Enumerable.Range(0, count).Select(_ => new HardResult[seeds.Length]).ToArray();
        var next = -1;
        void Work()
        {
            set_num_threads(1);
            for (int s; (s = Interlocked.Increment(ref next)) < seeds.Length;)
            {
                using var all = new HardInstancesTrainings(shape, shift, seeds[s], Console.Error.WriteLine);
                foreach (var (t, training) in trainingsOf(s).Index())
                    results[t][s] = all.Get(training);
            }
        }
        Exception? error = null;
        var threads = Enumerable.Range(0, Math.Min(2, seeds.Length)).Select(_ => new Thread(() => { try { Work(); } catch (Exception e) { error = e; } })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return error is null ? results : throw new InvalidOperationException("A training failed.", error);
    }

    static RunOptions With(RunOptions options, RunOptions settings) => options with
    {
        Training = options.Training with { WeightDecay = settings.Training.WeightDecay },
        Model = options.Model with { Masking = settings.Model.Masking, Recycling = settings.Model.Recycling, Consistency = settings.Model.Consistency },
    };

    static string Words(RunOptions o) =>
        Text($"ratio_h {o.Model.Masking!.RatioHigh}, merge_ratio {o.Model.Recycling!.KeepRatio}, k {o.Model.Recycling.Tokens}, aux_alpha {o.Model.Consistency.Weight}, weight decay {o.Training.WeightDecay}");

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
