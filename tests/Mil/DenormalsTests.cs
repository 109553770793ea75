using System.Collections.Concurrent;
using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Inference;
using Mhim.Mil.Layers.Kernels;
using Mhim.Mil.Tasks;
using Mhim.Mil.Tests.Training;
using Mhim.Mil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Tests;

public sealed class DenormalsTests
{
    const float Denormal = 1e-40f;

    [Fact]
    public void They_are_zero_for_dotnet_and_libtorch_until_it_is_over()
    {
        using (Denormals.Flush())
        {
            Assert.True(Denormals.AreFlushed);
            Assert.Equal(0, Product(1e-30f));
            Assert.Equal(0, TensorProduct());
            using (Denormals.Flush()) { } // one within another ends nothing
            Assert.True(Denormals.AreFlushed);
        }
        Assert.False(Denormals.AreFlushed);
        Assert.NotEqual(0, Product(1e-30f));
        Assert.NotEqual(0, TensorProduct());

        static float Product(float x) => x * 1e-10f;

        static float TensorProduct()
        {
            using var scope = NewDisposeScope();
            return full(100, 1e-30f).Times(1e-10).sum().item<float>();
        }
    }

    [Fact]
    public void One_within_another_is_over_before_it()
    {
        using (Denormals.Flush())
        {
            using (Denormals.Flush(false))
                Assert.False(Denormals.AreFlushed);
            Assert.True(Denormals.AreFlushed);
        }
        Assert.False(Denormals.AreFlushed);
    }

    /// <summary>The pool's threads are what whoever started them was: here, of the other mind.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_helps_a_thread_takes_them_as_it_does_and_is_as_before_afterwards(bool flush)
    {
        set_num_threads(8);
        try
        {
            InThePool(() => Denormals.Flush(!flush)); // for good
            var before = InThePool();
            Assert.Contains(!flush, before.Values);
            var seen = new bool[64];
            using (Denormals.Flush(flush))
            {
                Scratch.Share(seen.Length, 1, (at, _) => { Thread.Sleep(1); seen[at] = Denormals.AreFlushed; });
                Assert.Equal(flush, Denormals.AreFlushed);
            }
            Assert.All(seen, each => Assert.Equal(flush, each));
            foreach (var (thread, now) in InThePool())
                Assert.Equal(before.GetValueOrDefault(thread, now), now);
        }
        finally
        {
            InThePool(() => Denormals.Flush(false));
            set_num_threads(1);
        }
    }

    /// <summary>How each of the pool's threads is, after it did something.</summary>
    static Dictionary<int, bool> InThePool(Action? act = null)
    {
        var modes = new ConcurrentDictionary<int, bool>();
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64 }, _ =>
        {
            if (Thread.CurrentThread.IsThreadPoolThread)
            {
                act?.Invoke();
                modes[Environment.CurrentManagedThreadId] = Denormals.AreFlushed;
            }
            Thread.Sleep(2);
        });
        return new(modes);
    }

    /// <summary>libtorch keeps its workers, as they were when a thread first had use for them. A thread of its own, so that none are there yet.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Workers_that_a_run_or_a_prediction_starts_take_them_for_zero(bool training)
    {
        var dir = Directory.CreateTempSubdirectory("mhim-denormals-").FullName;
        using (var model = new MhimModel(new MhimOptions { InputDim = Planted.Dim, EmbedDim = 4096 }, 1)) // so wide that loading it is shared out already
            ModelFolder.Save(dir, model, null, new ModelCard { Name = "test", Task = "classification", Classes = ["a", "b"], Features = FeatureKind.Of(Planted.Bag("any", new Random(1), 1, false, 0)) });
        long left = 0;
        var thread = new Thread(() =>
        {
            using var scope = NewDisposeScope();
            var (cohort, bags) = Planted.Cohort(12, 4000);   // above 32,768 numbers a bag is shared out among workers
            var one = new TrainingOptions { Epochs = 1 };
            if (training)
                TrainingRun.Execute(cohort, bags, Planted.Options with { Threads = 2, Baseline = one, Training = one }, Path.Combine(dir, "run"));
            set_num_threads(2);
            if (!training)
            {
                using var predictor = Predictor.Load(dir, "cpu");
                predictor.Predict(bags.Load("slide-00"));
            }
            left = full(1 << 20, 1e-30f).Times(1e-10).count_nonzero().item<long>();
        });
        try
        {
            thread.Start();
            thread.Join();
            Assert.Equal(1 << 19, left); // this thread's half is as it was, the worker's is zero
        }
        finally
        {
            set_num_threads(1);
            Directory.Delete(dir, recursive: true);
        }
    }

    [Fact]
    public void A_training_leaves_none_in_the_weights()
    {
        using var scope = NewDisposeScope();
        using var student = new MhimModel(new MhimOptions { InputDim = Zeros.Dim, EmbedDim = 16, Outputs = 2 }, 1);
        using (no_grad())
            student.Weights.All.FillInPlace(Denormal);
        CohortRow[] rows = [new("a", "a", ["a"], 0), new("b", "b", ["b"], 1)];
        using var bags = new BagStore(new Zeros(), CPU, 1 << 20);
        new Trainer(student, null, new Classification(2), new TrainingOptions { Epochs = 2, WeightDecay = 1e-2 }, 1).Fit(bags, rows, rows, null, null, 0, CancellationToken.None);
        var size = student.Weights.Trained.detach().abs();
        Assert.False(size.gt(0).logical_and(size.lt(1.1754944e-38f)).any().item<bool>());
        Assert.False(Denormals.AreFlushed);
    }

    /// <summary>Bags of nothing: no weight but the last bias has anything to learn.</summary>
    sealed class Zeros : IBagSource
    {
        public const int Dim = 8;

        public bool Has(string slideId) => true;

        public FeatureBag Load(string slideId) => new(slideId, "none", Dim, new float[5 * Dim], [], null);
    }
}
