using Mhim.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Where tensors live.</summary>
internal static class Devices
{
    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    /// <exception cref="InputException"><c>device-unknown</c>, <c>device-missing</c>.</exception>
    public static Device Parse(string name)
    {
        if (name is "cpu" || name is "auto" && !cuda.is_available())
            return CPU;
        if (name is not ("auto" or "cuda") && !name.StartsWith("cuda:", StringComparison.Ordinal))
            throw new InputException("device-unknown", $"There is no device `{name}`; auto, cpu, cuda and cuda:n are known.");
        var index = 0;
        if (name.StartsWith("cuda:", StringComparison.Ordinal) && !int.TryParse(name.AsSpan(5), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out index))
            throw new InputException("device-unknown", $"There is no device `{name}`; auto, cpu, cuda and cuda:n are known.");
        if (!cuda.is_available() || index >= cuda.device_count())
            throw new InputException("device-missing", $"Device `{name}` is not there ({(cuda.is_available() ? cuda.device_count() : 0)} CUDA devices are). Take --device cpu, or the image built for CUDA.");
        return new Device(DeviceType.CUDA, index);
    }
}
