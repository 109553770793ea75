namespace Mhim.Mil.Training;

/// <summary>Where a run is; reported after each epoch.</summary>
/// <param name="Fold">Fold, from 0.</param>
/// <param name="Folds">k.</param>
/// <param name="Stage"><c>baseline</c> or <c>mhim</c>.</param>
/// <param name="Epoch">Epochs done in this stage.</param>
/// <param name="Epochs">Epochs of this stage if it is not stopped early.</param>
/// <param name="Loss">Mean training loss of the epoch.</param>
/// <param name="ScoreName">Name of the validation score.</param>
/// <param name="Score">Validation score; higher is better.</param>
/// <param name="Done">Share of the whole run that is done, 0..1, if no further stage is stopped early.</param>
/// <param name="Remaining">Time left at the present pace.</param>
public sealed record RunProgress(
    int Fold, int Folds, string Stage, int Epoch, int Epochs, double Loss, string ScoreName, double Score, double Done, TimeSpan Remaining)
{
    /// <summary>Mean task loss on validation after the epoch; NaN without validation.</summary>
    public double ValidationLoss { get; init; } = double.NaN;

    /// <summary>Mean share of the instances that the backbone read in the epoch, recycle tokens included; the rest was masked.</summary>
    public double Kept { get; init; } = 1;

    /// <summary>Mean number of instances of a bag that the backbone read in the epoch; null when it is not known.</summary>
    public double? Instances { get; init; }
}
