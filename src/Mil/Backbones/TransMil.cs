using Mhim.Mil.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil.Backbones;

/// <summary>
/// TransMIL (Shao et al. 2021): a class token and the instances go through Nyström attention, position encoding and Nyström attention again;
/// the class token comes out. Of the second layer only the class token is read, so only that is computed.
/// </summary>
internal sealed class TransMil : nn.Module, IMilBackbone
{
    const string ClassTokenKey = "cls_token";

    readonly Layer _layer1, _layer2;
    readonly Ppeg _position;
    readonly LayerNorm _norm;

    public TransMil(int embedDim, double modelDropout) : base(nameof(TransMil))
    {
        _norm = nn.LayerNorm(embedDim);
        _layer1 = new Layer(embedDim, modelDropout);
        _layer2 = new Layer(embedDim, modelDropout);
        _position = new Ppeg(embedDim);
        register_parameter(ClassTokenKey, new Parameter(zeros(1, 1, embedDim)));
        register_module("norm", _norm);
        register_module("layer1", _layer1);
        register_module("layer2", _layer2);
        register_module("pos_embedding", _position);
    }

    public bool UsesPredictor => true;

    // Looked up, because moving a module to a device or a precision replaces its parameters.
    Parameter ClassToken => get_parameter(ClassTokenKey)!;

    public BagOutput Read(Tensor h, Linear predictor, bool instances, Training.IDrawSource? draws)
    {
        using var scope = NewDisposeScope();        // of all that is as long as the bag only what backward needs stays
        var count = h.shape[0];
        var x = cat([ClassToken[0].Like(h), h], 0);                                     // [1 + N, M]
        h.Dispose();
        var first = _layer1.Attend(x, classTokenOnly: false, instances, draws);
        var sum = first.Out.PlusInPlace(x);
        x.Dispose();
        var token = sum.narrow(0, 0, 1);                                                // [1, M]
        using (var placed = _position.Forward(sum.narrow(0, 1, count)))
            x = cat([token, placed], 0);
        var second = _layer2.Attend(x, classTokenOnly: true, instances, draws);
        var z = _norm.forward(token.Plus(second.Out).Wide()).MoveToOuterDisposeScope();   // [1, M]
        var logits = predictor.forward(z).MoveToOuterDisposeScope();
        if (!instances)
            return new BagOutput(logits, z);
        var common = predictor.weight!.matmul(_layer1.ToOut.bias!).MoveToOuterDisposeScope();   // [C]
        return new BagOutput(logits, z, first.Attention!.MoveToOuterDisposeScope(), Evidence(first, predictor, common).MoveToOuterDisposeScope(), second.Attention!.MoveToOuterDisposeScope())
            { Common = common };
    }

    /// <summary>
    /// What an instance says through the first layer: attention times value, heads joined, through the layer's output and the predictor. Both are
    /// linear, so they are multiplied with each other first and every instance goes through [M, C] only.
    /// </summary>
    Tensor Evidence(NystromOutput first, Linear predictor, Tensor common)
    {
        var (heads, n) = (first.Attention!.shape[0], first.Attention.shape[1]);
        var both = predictor.weight!.matmul(_layer1.ToOut.weight!);                     // [C, M]
        var perHead = both.T.view(heads, -1, both.shape[0]);                            // [H, d, C]
        var said = first.Values!.matmul(perHead.Like(first.Values)).Wide() * first.Attention.unsqueeze(-1);   // [H, N, C]
        return said.sum(dim: 0).view(n, -1).Plus(common);
    }

    public Tensor Scores(BagOutput bag, InstanceScoreKind kind) => kind switch
    {
        InstanceScoreKind.ClassAware => bag.Evidence!.softmax(1).amax(1),
        _ => bag.Attention!,
    };

    // As AB-MIL's, relative to the most attended instance, whose own words it then is: of one slide's instances all may speak for a class, of another's none.
    public Tensor ScaledEvidence(BagOutput bag) => (bag.Evidence! - bag.Common!) / bag.Attention!.mean([0]).max().AtLeast(1e-12);

    /// <summary>Norm, then Nyström attention. Keys <c>norm</c>, <c>attn</c>.</summary>
    sealed class Layer : nn.Module
    {
        readonly LayerNorm _norm;
        readonly NystromAttention _attention;

        public Layer(int dim, double modelDropout) : base(nameof(Layer))
        {
            _norm = nn.LayerNorm(dim);
            _attention = new NystromAttention(dim, modelDropout);
            register_module("norm", _norm);
            register_module("attn", _attention);
        }

        public Linear ToOut => _attention.ToOut;

        public NystromOutput Attend(Tensor x, bool classTokenOnly, bool instances, Training.IDrawSource? draws)
        {
            using var normed = x.Through(_norm);
            return _attention.Forward(normed, classTokenOnly, instances, draws, letGo: true);
        }
    }
}
