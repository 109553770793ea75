using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>Trainings of <c>hard-instances</c> on several seeds, two at a time, one thread each; a single seed's by two.</summary>
static class HardInstancesSeeds
{
    /// <summary>For each seed the training with the best validation, and only of that the test part.</summary>
    public static HardResult[] Best(HardShape shape, double shift, int[] seeds, HardTraining[] trainings)
    {
        var validated = Train(shape, shift, seeds, trainings);
        var best = seeds.Select((_, s) => trainings[Enumerable.Range(0, trainings.Length).OrderByDescending(t => validated[t][s].Validation).ThenBy(t => validated[t][s].ValidationLoss).First()]).ToArray();
        return Train(shape, shift, seeds, 1, s => [best[s] with { Test = true }])[0];
    }

    /// <summary>For each seed the mean of trainings that differ in nothing but their random numbers.</summary>
    public static HardResult[] Mean(HardShape shape, double shift, int[] seeds, HardTraining[] trainings)
    {
        var results = Train(shape, shift, seeds, trainings);
        return [.. seeds.Select((_, s) => results[0][s] with { Test = results.Average(of => of[s].Test), Validation = results.Average(of => of[s].Validation), IsRemembered = results.Any(of => of[s].IsRemembered), At = results.Min(of => of[s].At) })];
    }

    /// <returns>[training][seed]</returns>
    public static HardResult[][] Train(HardShape shape, double shift, int[] seeds, HardTraining[] trainings) => Train(shape, shift, seeds, trainings.Length, _ => trainings);

    /// <param name="trainingsOf">Trainings of the seed at that place, as many for each.</param>
    static HardResult[][] Train(HardShape shape, double shift, int[] seeds, int count, Func<int, HardTraining[]> trainingsOf)
    {
        var results = Enumerable.Range(0, count).Select(_ => new HardResult[seeds.Length]).ToArray();
        var next = -1;
        void Work()
        {
            set_num_threads(seeds.Length == 1 ? 2 : 1);
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
}
