using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Draws that depend on a seed and the number of the step alone: a run that is taken up again needs no generator state.</summary>
internal sealed class SeededDraws(ulong seed, Device device) : IDrawSource, IDisposable
{
    readonly Generator _cpu = new(0, CPU);
    readonly Generator _device = new(0, device);

    /// <summary>Starts the draws of a step.</summary>
    public void BeginStep(long step)
    {
        _cpu.manual_seed(Seeds.Mix(seed, (ulong)step, 1));
        _device.manual_seed(Seeds.Mix(seed, (ulong)step, 2));
    }

    public Tensor Uniform(Draw draw, long count) => rand(count, generator: _cpu);

    public Tensor Dropout(Tensor x, double p)
    {
        if (p == 0)
            return x;
        var keep = empty_like(x, requires_grad: false).bernoulli_(1 - p, _device).TimesInPlace(1 / (1 - p));
        // Without gradients nobody else holds x.
        return is_grad_enabled() ? x * keep : x.mul_(keep);
    }

    public void Dispose()
    {
        _cpu.Dispose();
        _device.Dispose();
    }
}
