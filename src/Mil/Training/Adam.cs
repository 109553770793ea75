using static TorchSharp.torch;

namespace Mhim.Mil.Training;

/// <summary>Adam (Kingma and Ba 2015) with L2 weight decay in the gradient, over all trained parameters as one vector.</summary>
internal sealed class Adam : IDisposable
{
    const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    readonly FlatWeights _weights;
    readonly double _weightDecay;

    public Adam(FlatWeights weights, double weightDecay)
    {
        _weights = weights;
        _weightDecay = weightDecay;
        First = zeros_like(weights.Trained).DetachFromDisposeScope();
        Second = zeros_like(weights.Trained).DetachFromDisposeScope();
    }

    /// <summary>[T] running mean of the gradient.</summary>
    public Tensor First { get; }

    /// <summary>[T] running mean of its square.</summary>
    public Tensor Second { get; }

    /// <summary>Steps done.</summary>
    public long Steps { get; set; }

    /// <summary>One step against the gradient that backward left in <see cref="FlatWeights.Gradient"/>, which stays there.</summary>
    public void Step(double learningRate)
    {
        using var _ = no_grad();
        Steps++;
        WeightsStep.Adam(_weights.Gradient, _weights.Trained, First, Second, new(
            _weightDecay, Beta1, Beta2, 1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps)), Epsilon, -learningRate / (1 - Math.Pow(Beta1, Steps))));
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
