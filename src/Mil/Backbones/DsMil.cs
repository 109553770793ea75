using Mhim.Mil.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Backbones;

/// <summary>
/// DSMIL (Li et al. 2021): every instance gets logits; per class the top instance asks, all others are attended by likeness to it; logits are
/// half those of the bag embedding, half those of the top instance.
/// </summary>
internal sealed class DsMil : nn.Module, IMilBackbone
{
    const int QueryDim = 128;

    readonly Linear _instance, _query1, _query2;
    readonly Linear? _value;
    readonly Conv1d _bag;

    public DsMil(int embedDim, int outputs, bool values) : base(nameof(DsMil))
    {
        _instance = nn.Linear(embedDim, outputs);
        _query1 = nn.Linear(embedDim, QueryDim);
        _query2 = nn.Linear(QueryDim, QueryDim);
        _value = values ? nn.Linear(embedDim, embedDim) : null;
        _bag = nn.Conv1d(outputs, outputs, embedDim);
        register_module("i_classifier", nn.Sequential(("0", _instance)));
        register_module("b_classifier", new BagClassifier(this));
    }

    public bool UsesPredictor => false;

    public BagOutput Read(Tensor h, Linear predictor, bool instances, Training.IDrawSource? draws)
    {
        // In float32 whatever h is in: in 16 bits many instances of a bag share the largest logit, and the first of them would be the top one.
        var classes = h.Wide().Through(_instance);                                      // [N, C]
        var q = Query(h);                                                               // [N, 128]
        var top = classes.argmax(0);                                                    // [C]
        var asked = Query(h.index_select(0, top));                                      // [C, 128]
        // Sums over 128 numbers, up to 11: rounded to 16 bits they would move an attention by up to a twentieth.
        var a = q.Wide().matmul(asked.Wide().T).Times(1 / Math.Sqrt(QueryDim)).softmax(0);       // [N, C]
        var v = _value is null ? h : nn.functional.relu(h.Through(_value), inplace: true);     // [N, M]
        var b = a.T.Like(v).matmul(v).Wide();                                           // [C, M]
        // A convolution as wide as its input is one product.
        var weight = _bag.weight!;                                                      // [C, C, M]
        var bag = nn.functional.linear(b.view(1, -1), weight.view(weight.shape[0], -1), _bag.bias!);
        var best = classes.gather(0, top.unsqueeze(0));                                 // [1, C]
        return new BagOutput(bag.Plus(best).Times(0.5), b, instances ? a.T : null, instances ? classes : null);
    }

    Tensor Query(Tensor h) => nn.functional.relu(h.Through(_query1), inplace: true).Through(_query2).tanh();

    public Tensor Scores(BagOutput bag, InstanceScoreKind kind) => kind switch
    {
        InstanceScoreKind.ClassAware => bag.Evidence!.amax(1),
        _ => bag.Attention!.amax(0),
    };

    public Tensor ScaledEvidence(BagOutput bag) => bag.Evidence!;

    /// <summary>Nothing but the reference's names: <c>q.0</c>, <c>q.2</c>, <c>v.1</c>, <c>fcc</c>.</summary>
    sealed class BagClassifier : nn.Module
    {
        public BagClassifier(DsMil owner) : base(nameof(BagClassifier))
        {
            register_module("q", nn.Sequential(("0", owner._query1), ("2", owner._query2)));
            if (owner._value is not null)
                register_module("v", nn.Sequential(("1", owner._value)));
            register_module("fcc", owner._bag);
        }
    }
}
