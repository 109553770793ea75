using System.Globalization;
using Mhim.Features;
using Microsoft.ML.OnnxRuntime;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>Which execution provider of ONNX Runtime encodes.</summary>
static class OnnxDevice
{
    /// <summary>Adds the provider to a session's settings.</summary>
    /// <returns><c>cpu</c> or <c>cuda:N</c>.</returns>
    /// <exception cref="InputException"><c>device-unknown</c>, <c>device-missing</c>.</exception>
    public static string Choose(SessionOptions settings, string device)
    {
        if (device == "cpu")
            return "cpu";
        var number = 0;
        if (device is not ("auto" or "cuda")
            && !(device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            throw new InputException("device-unknown", $"There is no device '{device}'; use auto, cpu, cuda or cuda:N.");
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
            return device == "auto" ? "cpu"
                : throw new InputException("device-missing", $"This build of MHIM has no CUDA for encoders, so '{device}' cannot be used; take --device cpu or the GPU image.");
        try
        {
            // Full 32-bit products and a fixed choice of algorithms: a GPU gives what a CPU gives, today and tomorrow.
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new Dictionary<string, string>
            {
                ["device_id"] = number.ToString(CultureInfo.InvariantCulture), ["use_tf32"] = "0", ["cudnn_conv_algo_search"] = "HEURISTIC",
            });
            settings.AppendExecutionProvider_CUDA(cuda);
            return $"cuda:{number}";
        }
        catch (OnnxRuntimeException) when (device == "auto")
        {
            return "cpu";
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException("device-missing", $"The encoder cannot use '{device}': {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
