using Mhim.Mil.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Draws that depend on a seed and the number of the step alone: a run that is taken up again needs no generator state.</summary>
internal sealed class SeededDraws(ulong seed, Device device) : IDrawSource, IDisposable
{
    /// <summary>Masks of more numbers than this are not kept for backward but drawn again: 32,768 instances of 512.</summary>
    internal long MostKept { get; set; } = 32_768 * 512;

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
        if (device.type != DeviceType.CPU)
        {
            var keep = empty_like(x, requires_grad: false).bernoulli_(1 - p, _device).TimesInPlace(1 / (1 - p));
            return is_grad_enabled() ? x * keep : x.mul_(keep);
        }
        var counter = _state;
        _state = Seeds.Next(_state + (ulong)(x.numel() + 3) / 4);
        if (is_grad_enabled() && x.numel() > MostKept)
            return DrawnAgain.Apply(x, counter, p);
        var mask = DropoutMask.Of(x, counter, p);
        // Without gradients nobody else holds x.
        return is_grad_enabled() ? x * mask : x.mul_(mask);
    }

    public void Dispose()
    {
        _cpu.Dispose();
        _device.Dispose();
    }
}
