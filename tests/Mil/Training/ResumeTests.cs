using Mhim.Features;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Training;

namespace Mhim.Mil.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    // Features are read again at each step, so that the number of reads tells the step.
    static readonly RunOptions Options = Planted.Options with { CacheBytes = 0, CheckpointSeconds = 0 };

    [Theory]
    [InlineData(61)]
    [InlineData(140)]
    [InlineData(233)]
    public void Stopped_at_any_step_and_taken_up_again_the_weights_are_the_same_bit_for_bit(int reads)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var (whole, cut) = (Path.Combine(_dir, "whole"), Path.Combine(_dir, "cut"));
        TrainingRun.Execute(cohort, bags, Options, whole);
        var count = 0;
        Assert.Throws<IOException>(() => TrainingRun.Execute(cohort, new Breaking(bags, () => ++count == reads), Options, cut));
        Assert.NotEmpty(Directory.GetFiles(cut, "checkpoint.safetensors", SearchOption.AllDirectories));
        TrainingRun.Execute(cohort, bags, Options, cut);
        foreach (var file in Directory.GetFiles(whole, "*.safetensors", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(cut, Path.GetRelativePath(whole, file))));
        Assert.Empty(Directory.GetFiles(cut, "checkpoint.safetensors", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_damaged_checkpoint_says_that_it_is_to_be_removed(int damage)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var count = 0;
        Assert.Throws<IOException>(() => TrainingRun.Execute(cohort, new Breaking(bags, () => ++count == 61), Options, _dir));
        var file = Directory.GetFiles(_dir, "checkpoint.safetensors", SearchOption.AllDirectories).Single();
        using (var scope = TorchSharp.torch.NewDisposeScope())
        {
            var (tensors, metadata) = SafeTensors.Read(file);
            if (damage == 0)
                tensors["student"] = TorchSharp.torch.ones(1); // would be spread over all weights
            else if (damage == 1)
                tensors.Remove("best");
            else
                metadata = new Dictionary<string, string> { ["state"] = "{" };
            SafeTensors.Write(file, tensors, metadata);
        }
        var error = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, Options, _dir));
        Assert.Equal("checkpoint-unreadable", error.Code);
        Assert.Contains("Remove it", error.Message);
        File.Delete(file);
        TrainingRun.Execute(cohort, bags, Options, _dir);
    }

    [Fact]
    public void A_checkpoint_that_was_cut_off_says_that_it_is_to_be_removed()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var count = 0;
        Assert.Throws<IOException>(() => TrainingRun.Execute(cohort, new Breaking(bags, () => ++count == 61), Options, _dir));
        CutOff(Directory.GetFiles(_dir, "checkpoint.safetensors", SearchOption.AllDirectories).Single(), () => TrainingRun.Execute(cohort, bags, Options, _dir), "checkpoint-unreadable");
    }

    [Theory]
    [InlineData("fold-0/fold.json")]
    [InlineData("fold-0/baseline/training.json")]
    public void A_result_that_was_cut_off_says_that_it_is_to_be_removed(string name)
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        void Run() => TrainingRun.Execute(cohort, bags, Options with { Model = Options.Model.AsBaseline(), Baseline = new TrainingOptions { Epochs = 2 } }, _dir);
        Run();
        var file = Path.Combine(_dir, name);
        void Forget() => File.Delete(Path.Combine(_dir, name.EndsWith("fold.json", StringComparison.Ordinal) ? "none" : "fold-0/fold.json"));   // where it is there the others are not asked
        Forget();
        CutOff(file, Run, "run-unreadable");
        Forget();
        File.WriteAllText(file, "{}");
        Assert.Contains(file, Assert.Throws<InputException>(Run).Message);
        File.Delete(file);
        Run();
    }

    static void CutOff(string file, Action run, string code)
    {
        using (var stream = File.OpenWrite(file))
            stream.SetLength(stream.Length / 2);
        var error = Assert.Throws<InputException>(run);
        Assert.Equal(code, error.Code);
        Assert.Contains(file, error.Message);
        Assert.Contains("Remove it", error.Message);
        File.Delete(file);
        run();
    }

    sealed class Breaking(IBagSource bags, Func<bool> now) : IBagSource
    {
        public bool Has(string slideId) => bags.Has(slideId);

        public string? Stamp(string slideId) => bags.Stamp(slideId);

        public FeatureBag Load(string slideId) => now() ? throw new IOException("the disk went away") : bags.Load(slideId);
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, recursive: true);
    }
}
