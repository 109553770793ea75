using Mhim.Features;

namespace Mhim.Mil.Inference;

/// <summary>A trained model that answers for bags.</summary>
public sealed class Predictor : IDisposable
{
    /// <summary>Loads a model folder (model.safetensors, config.json, card.json).</summary>
    /// <param name="modelDir">The folder.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</param>
    /// <exception cref="InputException"><c>model-missing</c>, <c>model-unreadable</c>, <c>device-missing</c>.</exception>
    public static Predictor Load(string modelDir, string device = "auto") => throw new NotImplementedException();

    /// <summary>Answers for a bag.</summary>
    /// <exception cref="InputException"><c>bag-empty</c>, <c>encoder-mismatch</c>, <c>dim-mismatch</c>, <c>mpp-mismatch</c>.</exception>
    public Prediction Predict(FeatureBag bag) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() { }
}
