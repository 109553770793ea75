using static TorchSharp.torch;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>
/// What a function of our own keeps between forward and backward. Tensors saved with the context live as long as the whole graph does, handles in a dispose scope as long as
/// the step; these go as soon as backward has used them.
/// </summary>
internal sealed class Kept(params Tensor[] tensors) : IDisposable
{
    const string Key = "kept";

    [ThreadStatic]
    static List<Tensor>? t_handed;

    readonly Tensor[] _tensors = [.. tensors.Select(t => t.detach().DetachFromDisposeScope())];

    public Tensor this[int at] => _tensors[at];

    public void In(autograd.AutogradContext context) => context.save_data(Key, this);

    public static Kept Of(autograd.AutogradContext context) => (Kept)context.get_data(Key);

    public void Dispose()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
    }

    /// <summary>
    /// Gradients on their way to libtorch, which copies the handles only after backward returned; ours would keep them in memory until the step ends. So each backward lets go
    /// of what the one before it handed over.
    /// </summary>
    public static List<Tensor?> HandOver(params Tensor?[] gradients)
    {
        foreach (var tensor in t_handed ?? [])
            tensor.Dispose();
        t_handed = [.. gradients.OfType<Tensor>()];
        return [.. gradients];
    }
}
