using Mhim.Features;

namespace Mhim.Tiling.Encoders;

/// <summary>Where encoders by card lie, and what they run on. Nothing here changes a feature beyond rounding.</summary>
/// <param name="Folder">Folder with one folder <c>ID/card.json</c> per encoder.</param>
/// <param name="Device"><c>auto</c> (CUDA where the build and the machine have it), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
/// <param name="Threads">Threads of ONNX Runtime within one batch, at least 1. Slides are encoded by as many workers as there are cores, so 1 keeps every
/// core busy; more only pays where there are few batches.</param>
public sealed record EncoderOptions(string Folder, string Device = "auto", int Threads = 1)
{
    /// <summary>As the environment says: <c>MHIM_ENCODERS</c> (else <c>~/.mhim/encoders</c>), <c>MHIM_ENCODER_DEVICE</c>, <c>MHIM_ENCODER_THREADS</c>.</summary>
    /// <param name="device">The device where the environment names none.</param>
    /// <exception cref="InputException"><c>encoder-setting</c>.</exception>
    public static EncoderOptions FromEnvironment(string device = "auto")
    {
        var folder = Environment.GetEnvironmentVariable("MHIM_ENCODERS") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mhim", "encoders");
        if (Environment.GetEnvironmentVariable("MHIM_ENCODER_DEVICE") is { Length: > 0 } wanted)
            device = wanted;
        var threads = 1;
        if (Environment.GetEnvironmentVariable("MHIM_ENCODER_THREADS") is { Length: > 0 } text && (!int.TryParse(text, out threads) || threads is < 1 or > 1024))
            throw new InputException("encoder-setting", $"MHIM_ENCODER_THREADS is '{text}'; set it to a number from 1 to 1024.");
        return new EncoderOptions(Path.GetFullPath(folder), device, threads);
    }
}
