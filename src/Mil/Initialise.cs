using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil;

/// <summary>Fresh weights, decided by a seed and the order of the parameters alone.</summary>
internal static class Initialise
{
    /// <summary>Linear weights Xavier-normal, convolutions uniform ±1/√fan-in, norms one, biases zero, tokens as the papers say.</summary>
    public static void Weights(nn.Module model, ulong seed)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed, CPU);
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("global_q_mm", StringComparison.Ordinal))
            {
                var bound = Math.Sqrt(6.0 / (3 * 16 * 16 + parameter.shape[^1]));
                parameter.uniform_(-bound, bound, generator);
            }
            else if (name.EndsWith("cls_token", StringComparison.Ordinal))
                parameter.normal_(0, 1, generator);
            else if (parameter.dim() == 2)
                parameter.normal_(0, Math.Sqrt(2.0 / (parameter.shape[0] + parameter.shape[1])), generator);
            else if (parameter.dim() > 2)
            {
                var bound = 1 / Math.Sqrt(parameter.numel() / (double)parameter.shape[0]);
                parameter.uniform_(-bound, bound, generator);
            }
            else if (name.Contains("norm.", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal))
                parameter.FillInPlace(1);
            else
                parameter.zero_();
    }
}
