namespace Mhim.Mil.Training;

/// <summary>How one model is trained: Adam, one bag a step, cosine learning rate.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training rows, 1 or more.</summary>
    public int Epochs { get; init; } = 200;

    /// <summary>Learning rate at the start; falls to 0 along a cosine.</summary>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Weight decay, added to the gradient (L2).</summary>
    public double WeightDecay { get; init; } = 1e-5;

    /// <summary>Whether the learning rate falls along a cosine, step by step; if not it stays.</summary>
    public bool Cosine { get; init; } = true;

    /// <summary>Epochs without a better validation score after which training ends; 0: never before the last epoch.</summary>
    public int Patience { get; init; } = 20;

    /// <summary>Epochs that are trained in any case before patience counts.</summary>
    public int MinEpochs { get; init; }
}
