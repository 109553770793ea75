using Mhim.Features;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Checkpoints;

/// <summary>Weights by the reference's names.</summary>
internal static class StateDict
{
    // The reference holds the global tokens under two names.
    const string Tokens = "merge.global_q_mm", TokensAlias = "merge.global_q";

    /// <summary>The model's parameters by name, the same memory.</summary>
    public static Dictionary<string, Tensor> Of(MhimModel model)
    {
        var state = model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        if (state.TryGetValue(Tokens, out var tokens))
            state[TokensAlias] = tokens;
        return state;
    }

    /// <summary>Lets a model start with what a trained baseline has: nothing of it, its projection, or all that both have.</summary>
    public static void Start(MhimModel model, MhimModel baseline, StudentStart start)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var trained = Of(baseline);
        foreach (var (name, parameter) in Of(model))
            if (trained.TryGetValue(name, out var weight) &&
                (start == StudentStart.Baseline || start == StudentStart.Projection && name.StartsWith("feature.", StringComparison.Ordinal)))
                parameter.copy_(weight);
    }

    /// <summary>Copies weights into a model.</summary>
    /// <param name="model">Gets them.</param>
    /// <param name="weights">By name; every name that the model has must be there, and no other.</param>
    /// <param name="source">Whence, for the error.</param>
    /// <exception cref="InputException"><c>weights-mismatch</c>, naming what is missing, unknown, of another shape or not finite.</exception>
    public static void Load(MhimModel model, IReadOnlyDictionary<string, Tensor> weights, string source)
    {
        var state = Of(model);
        state.Remove(TokensAlias);
        var missing = state.Keys.Where(name => !weights.ContainsKey(name)).ToList();
        var unknown = weights.Keys.Where(name => !state.ContainsKey(name) && name != TokensAlias).ToList();
        var shapes = state.Where(p => weights.TryGetValue(p.Key, out var w) && !w.shape.SequenceEqual(p.Value.shape))
            .Select(p => $"{p.Key} [{string.Join(", ", weights[p.Key].shape)}] instead of [{string.Join(", ", p.Value.shape)}]").ToList();
        var wrong = new List<string>();
        if (missing.Count > 0)
            wrong.Add("missing " + string.Join(", ", missing));
        if (unknown.Count > 0)
            wrong.Add("unknown " + string.Join(", ", unknown));
        if (shapes.Count > 0)
            wrong.Add("of another shape " + string.Join(", ", shapes));
        if (wrong.Count > 0)
            throw new InputException("weights-mismatch", $"The weights of {source} do not fit this model: {string.Join("; ", wrong)}.");
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (state.Keys.FirstOrDefault(name => !weights[name].isfinite().all().item<bool>()) is { } broken)
            throw new InputException("weights-mismatch", $"The weights of {source} hold a number that is none, in {broken}: nothing can be predicted with them.");
        foreach (var (name, parameter) in state)
            parameter.copy_(weights[name]);
    }
}
