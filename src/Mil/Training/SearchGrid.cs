namespace Mhim.Mil.Training;

/// <summary>A grid of settings; every combination is trained and the one with the best validation score is taken (the lower loss among equals).</summary>
public sealed record SearchGrid
{
    /// <summary>The reference's grid: 18 combinations.</summary>
    public static SearchGrid Reference { get; } = new();

    /// <summary>Shares of high-score instances that are masked.</summary>
    public IReadOnlyList<double> RatioHigh { get; init; } = [0.01, 0.03, 0.05];

    /// <summary>Shares of the unmasked instances that are kept; looked at only with recycling.</summary>
    public IReadOnlyList<double> KeepRatio { get; init; } = [0.8, 0.9];

    /// <summary>Numbers of recycle tokens; looked at only with recycling.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [1, 5, 10];

    /// <summary>Every combination, applied to a model with masking.</summary>
    public IReadOnlyList<MhimOptions> Over(MhimOptions model)
    {
        var masked = RatioHigh.Select(ratio => model with { Masking = model.Masking! with { RatioHigh = ratio } });
        if (model.Recycling is null)
            return [.. masked];
        return
        [
            .. from m in masked
               from keep in KeepRatio
               from tokens in Tokens
               select m with { Recycling = m.Recycling! with { KeepRatio = keep, Tokens = tokens } },
        ];
    }
}
