using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Draws that depend on a seed and the number of the step alone: a run that is taken up again needs no generator state.</summary>
internal sealed class SeededDraws(ulong seed, Device device) : IDrawSource, IDisposable
{
    readonly Generator _cpu = new(0, CPU);
    readonly Generator _device = new(0, device);
    ulong _state;

    /// <summary>Starts the draws of a step.</summary>
    public void BeginStep(long step)
    {
        _cpu.manual_seed(Seeds.Mix(seed, (ulong)step, 1));
        _device.manual_seed(Seeds.Mix(seed, (ulong)step, 2));
        _state = (ulong)Seeds.Mix(seed, (ulong)step, 4);
    }

    public Tensor Uniform(Draw draw, long count) => rand(count, generator: _cpu);

    public Tensor Dropout(Tensor x, double p)
    {
        if (p == 0)
            return x;
        var keep = device.type == DeviceType.CPU ? Mask(x, p) : empty_like(x, requires_grad: false).bernoulli_(1 - p, _device).TimesInPlace(1 / (1 - p));
        // Without gradients nobody else holds x.
        return is_grad_enabled() ? x * keep : x.mul_(keep);
    }

    /// <summary>0 or 1/(1−p). libtorch draws a number in 9 ns; four at a time out of one mixed counter take half of one (p in steps of 1/65536).</summary>
    Tensor Mask(Tensor x, double p)
    {
        var (drop, keep) = ((ushort)Math.Round(p * 65536), (float)(1 / (1 - p)));
        var mask = empty(x.shape, x.dtype == ScalarType.BFloat16 ? x.dtype : ScalarType.Float32);
        if (mask.dtype == ScalarType.BFloat16)
            DropoutMask.Fill(MemoryMarshal.Cast<byte, ushort>(mask.bytes), _state, drop, (ushort)(BitConverter.SingleToUInt32Bits(keep) + 0x8000 >> 16));
        else
            DropoutMask.Fill(MemoryMarshal.Cast<byte, uint>(mask.bytes), _state, drop, BitConverter.SingleToUInt32Bits(keep));
        _state = Seeds.Next(_state + (ulong)(x.numel() + 3) / 4);
        return mask.to(x.dtype);
    }

    public void Dispose()
    {
        _cpu.Dispose();
        _device.Dispose();
    }
}
