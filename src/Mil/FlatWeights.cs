using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil;

/// <summary>
/// All parameters of a model in one piece of memory, the trained ones first, each parameter a view into it: the optimiser's step and the
/// teacher's momentum are a few operations on one vector instead of a few on each parameter.
/// </summary>
internal sealed class FlatWeights : IDisposable
{
    readonly Tensor _trained;
    readonly List<Tensor> _views = [];

    public FlatWeights(nn.Module module)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var parameters = module.named_parameters().Select(p => p.parameter).ToList();
        var ordered = parameters.Where(p => p.requires_grad).Concat(parameters.Where(p => !p.requires_grad)).ToList();
        var trained = parameters.Where(p => p.requires_grad).Sum(p => p.numel());
        All = zeros(ordered.Sum(p => p.numel()), dtype: parameters[0].dtype, device: parameters[0].device);
        Gradient = zeros(trained, dtype: parameters[0].dtype, device: parameters[0].device);
        _trained = All.narrow(0, 0, trained);
        long at = 0;
        foreach (var parameter in ordered)
        {
            var view = All.narrow(0, at, parameter.numel()).view(parameter.shape);
            view.copy_(parameter);
            parameter.set_(view);
            parameter.DetachFromDisposeScope();     // a model outlives the scope that it was made in
            if (parameter.requires_grad)
            {
                var gradient = Gradient.narrow(0, at, parameter.numel()).view(parameter.shape);
                parameter.grad = gradient;
                _views.Add(gradient.DetachFromDisposeScope());
            }
            at += parameter.numel();
        }
        All.DetachFromDisposeScope();
        Gradient.DetachFromDisposeScope();
        _trained.DetachFromDisposeScope();
    }

    /// <summary>[P] every parameter.</summary>
    public Tensor All { get; }

    /// <summary>[T] the trained parameters, the first part of <see cref="All"/>.</summary>
    public Tensor Trained => _trained;

    /// <summary>[T] where backward adds their gradients.</summary>
    public Tensor Gradient { get; }

    public void Dispose()
    {
        foreach (var view in _views)
            view.Dispose();
        Gradient.Dispose();
        _trained.Dispose();
        All.Dispose();
    }
}
