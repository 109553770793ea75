using Mhim.Mil.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Backbones;

/// <summary>Mean or maximum over the instances, feature by feature, then the predictor: the floor that attention has to beat.</summary>
internal sealed class Pooling(bool maximum) : nn.Module(nameof(Pooling)), IMilBackbone
{
    public bool UsesPredictor => true;

    public BagOutput Read(Tensor h, Linear predictor, bool instances, Training.IDrawSource? draws)
    {
        h = h.Wide();
        var n = h.shape[0];
        if (!maximum)
        {
            var mean = h.mean([0], keepdim: true);                                      // [1, M]
            return instances
                ? new BagOutput(predictor.forward(mean), mean, ones(1, n, device: h.device).TimesInPlace(1.0 / n), h.matmul(predictor.weight!.T).Times(1.0 / n))
                : new BagOutput(predictor.forward(mean), mean);
        }
        var (top, from) = h.max(0, keepdim: true);                                      // [1, M]
        var logits = predictor.forward(top);
        if (!instances)
            return new BagOutput(logits, top);
        // An instance says what it holds the maximum of; its attention is the share of the features of which it does.
        var said = (predictor.weight! * top).T.contiguous();                            // [M, C]
        var evidence = zeros(n, said.shape[1], device: h.device).PlusRowsInPlace(from[0], said, 1);
        var attention = zeros(n, device: h.device).PlusRowsInPlace(from[0], ones(top.shape[1], device: h.device), 1.0 / top.shape[1]);
        return new BagOutput(logits, top, attention.unsqueeze(0), evidence);
    }

    public Tensor Scores(BagOutput bag, InstanceScoreKind kind) =>
        kind == InstanceScoreKind.ClassAware ? bag.Evidence!.softmax(1).amax(1) : bag.Attention![0];

    public Tensor ScaledEvidence(BagOutput bag) => bag.Evidence! / bag.Attention!.max();
}
