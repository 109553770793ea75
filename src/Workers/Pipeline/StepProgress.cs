namespace Mhim.Workers.Pipeline;

/// <summary>How far a step is.</summary>
/// <param name="Share">0 to 1.</param>
/// <param name="Text">What it is doing, in a few words.</param>
public sealed record StepProgress(double Share, string Text)
{
    /// <summary>Time left, where the step knows better than its pace tells; null: it does not.</summary>
    public TimeSpan? Left { get; init; }
}

/// <summary>Progress that is handed on at once, on the caller's thread; <see cref="Progress{T}"/> would reorder it.</summary>
/// <param name="report">Gets every report.</param>
public sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
