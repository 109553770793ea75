using System.Runtime.Intrinsics.X86;
using Mhim.Features;
using TorchSharp;

namespace Mhim.Mil.Training;

/// <summary>Which precisions a device computes in.</summary>
internal static class Precisions
{
    /// <summary>Whether this processor multiplies bfloat16 itself: AVX512_BF16 or AMX-BF16 (Intel's manual, CPUID leaf 7). On others libtorch's products of it take dozens of times as long as float32's.</summary>
    public static bool ProcessorHasBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && ((X86Base.CpuId(7, 1).Eax & 1 << 5) != 0 || (X86Base.CpuId(7, 0).Edx & 1 << 22) != 0);

    /// <exception cref="InputException"><c>precision-missing</c>.</exception>
    public static void Require(ComputePrecision precision, DeviceType device)
    {
        if (precision == ComputePrecision.BFloat16 && device == DeviceType.CPU && !ProcessorHasBFloat16)
            throw new InputException("precision-missing",
                "This processor does not compute in bfloat16 (it has neither AVX512_BF16 nor AMX), and training in it would take many times as long as in float32. Leave --precision out.");
    }
}
