using System.Runtime.Intrinsics.X86;
using Mhim.Features;
using Mhim.Mil.Training;
using TorchSharp;

namespace Mhim.Mil.Tests.Training;

public sealed class PrecisionsTests : IDisposable
{
    readonly string _dir = Path.Combine(Path.GetTempPath(), $"mhim-{Guid.NewGuid():N}");

    [Fact]
    public void A_processor_has_bfloat16_where_the_kernel_lists_it()
    {
        var flags = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
        if (flags.Any(flag => flag is "avx512_bf16" or "amx_bf16"))
            Assert.True(Precisions.ProcessorHasBFloat16);
        // A kernel that is older than AMX, or started without it, lists none of it, although the processor has it.
        else if (X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(7, 0).Edx & 1 << 22) == 0)
            Assert.False(Precisions.ProcessorHasBFloat16);
    }

    [Fact]
    public void Float32_is_served_everywhere_and_bfloat16_on_gpus()
    {
        Precisions.Require(ComputePrecision.Float32, DeviceType.CPU);
        Precisions.Require(ComputePrecision.BFloat16, DeviceType.CUDA);
    }

    [Fact]
    public void A_run_in_bfloat16_is_trained_where_it_is_served_and_refused_before_anything_is_written_where_not()
    {
        var (cohort, bags) = Planted.Cohort(12, 15);
        var options = Planted.Options with { Device = "cpu", Precision = ComputePrecision.BFloat16 };
        if (Precisions.ProcessorHasBFloat16)
            Assert.NotEmpty(TrainingRun.Execute(cohort, bags, options, _dir).Stages);
        else
        {
            var error = Assert.Throws<InputException>(() => TrainingRun.Execute(cohort, bags, options, _dir));
            Assert.Equal("precision-missing", error.Code);
            Assert.Contains("--precision", error.Message);
            Assert.False(Directory.Exists(_dir));
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_dir))
            Directory.Delete(_dir, true);
    }
}
