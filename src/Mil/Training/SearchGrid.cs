namespace Mhim.Mil.Training;

/// <summary>A grid of settings; every combination is trained and the one with the best validation score is taken (the lower loss among equals).</summary>
public sealed record SearchGrid
{
    /// <summary>The reference's grid: 18 combinations.</summary>
    public static SearchGrid Reference { get; } = new();

    /// <summary>
    /// 36 combinations: the reference's masks and shares, fewer tokens, and three weights of the consistency. On bags with few easy and many hard
    /// instances the weight decides more than all the rest (docs/benchmarks.md, hard instances).
    /// </summary>
    public static SearchGrid Wide { get; } = new() { Tokens = [1, 5], ConsistencyWeights = [0.5, 0.1, 0.02] };

    /// <summary>What the grids are called where people choose one.</summary>
    public static IReadOnlyList<string> Names { get; } = ["reference", "wide"];

    /// <summary>The grid of that name, one of <see cref="Names"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static SearchGrid Named(string name) => name switch { "reference" => Reference, "wide" => Wide, _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such grid.") };

    /// <summary>Shares of high-score instances that are masked.</summary>
    public IReadOnlyList<double> RatioHigh { get; init; } = [0.01, 0.03, 0.05];

    /// <summary>Shares of the unmasked instances that are kept; looked at only with recycling.</summary>
    public IReadOnlyList<double> KeepRatio { get; init; } = [0.8, 0.9];

    /// <summary>Numbers of recycle tokens; looked at only with recycling.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [1, 5, 10];

    /// <summary>Weights of the consistency; null: the model's own.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? ConsistencyWeights { get; init; }

    /// <summary>The paths of the settings that it varies in a model.</summary>
    internal IEnumerable<string> Varies(MhimOptions model) =>
    [
        .. model.Masking is null ? (string[])[] : ["model.masking.ratioHigh"],
        .. model.Recycling is null ? (string[])[] : ["model.recycling.keepRatio", "model.recycling.tokens"],
        .. ConsistencyWeights is null ? (string[])[] : ["model.consistency.weight"],
    ];

    /// <summary>Every combination, applied to a model with masking.</summary>
    public IReadOnlyList<MhimOptions> Over(MhimOptions model)
    {
        var masked =
            from ratio in RatioHigh
            from weight in ConsistencyWeights ?? [model.Consistency.Weight]
            select model with { Masking = model.Masking! with { RatioHigh = ratio }, Consistency = model.Consistency with { Weight = weight } };
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
