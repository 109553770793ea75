using System.Globalization;
using Mhim.Features;
using Mhim.Mil.Backbones;
using Mhim.Mil.Layers;
using Mhim.Mil.Masking;
using Mhim.Mil.Recycling;
using Mhim.Mil.Teacher;
using Mhim.Mil.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mhim.Mil;

/// <summary>What the student makes of a bag in training.</summary>
/// <param name="Logits">[1, C].</param>
/// <param name="Embedding">[1, M] or [C, M].</param>
/// <param name="Kept">[L] the unmasked instances, in the order in which the student got them.</param>
/// <param name="Instances">How many rows the backbone read: kept ones and recycle tokens.</param>
public sealed record StudentOutput(Tensor Logits, Tensor Embedding, Tensor? Kept, long Instances);

/// <summary>
/// MHIM-MIL (Tang et al., ICCV 2023 and IJCV 2025). A teacher looks at the whole bag and scores its instances; the easy ones, with high
/// scores, are masked; a part of what remains is recycled into a few tokens; the student learns from these hard instances and is held
/// to the teacher's view of the whole bag. For inference the student reads the whole bag. Parameter names are the reference's.
/// </summary>
public sealed class MhimModel : nn.Module
{
    readonly Projection? _feature;
    readonly Linear _predictor;
    readonly RecycleNetwork? _recycle;
    readonly IMaskingStrategy? _mask;

    /// <summary>Makes a model with fresh weights: Xavier-normal, biases zero.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="device">Where it lives; the CPU by default.</param>
    /// <exception cref="ArgumentException">An option out of its range.</exception>
    public MhimModel(MhimOptions options, ulong seed = 0, Device? device = null) : this(options, seed, device, ScalarType.Float32) { }

    /// <summary>The same in another precision: float64 to tell rounding from error.</summary>
    internal MhimModel(MhimOptions options, ulong seed, Device? device, ScalarType precision) : base(nameof(MhimModel))
    {
        Validate(options);
        Options = options;
        _feature = options.Projection ? new Projection(options.InputDim, options.EmbedDim, options.Activation, options.Dropout) : null;
        Backbone = options.Backbone.Kind switch
        {
            BackboneKind.AbMil => new AbMil(options.EmbedDim, gated: false),
            BackboneKind.GatedAbMil => new AbMil(options.EmbedDim, gated: true),
            BackboneKind.MeanPooling => new Pooling(maximum: false),
            BackboneKind.MaxPooling => new Pooling(maximum: true),
            BackboneKind.DsMil => new DsMil(options.EmbedDim, options.Outputs, options.Backbone.Values),
            BackboneKind.TransMil => new TransMil(options.EmbedDim, options.Dropout),
            var kind => throw new ArgumentException($"No backbone {kind}.", nameof(options)),
        };
        _predictor = nn.Linear(options.EmbedDim, options.Outputs);
        if (!Backbone.UsesPredictor)
            foreach (var parameter in _predictor.parameters())
                parameter.requires_grad_(false);
        _mask = options.Masking is null ? null : Mask.Of(options.Masking);
        if (options.Recycling is not null)
            register_module("merge", _recycle = new RecycleNetwork(options.EmbedDim, options.Recycling, options.Dropout));
        if (_feature is not null)
            register_module("feature", _feature);
        register_module("online_encoder", (nn.Module)Backbone);
        register_module("predictor", _predictor);
        Initialise.Weights(this, seed);
        this.to(device ?? CPU).to(precision);
        Weights = new FlatWeights(this);
    }

    /// <summary>What it is made of.</summary>
    public MhimOptions Options { get; }

    internal IMilBackbone Backbone { get; }

    internal FlatWeights Weights { get; }

    /// <summary>Reads a whole bag: no mask, no recycling.</summary>
    /// <param name="x">[N, D] features, N ≥ 1, on the model's device; float32, or bfloat16 for mixed precision.</param>
    /// <param name="instances">Whether attention and evidence per instance are wanted too.</param>
    /// <param name="draws">Where dropout comes from; null: none (inference).</param>
    /// <exception cref="ArgumentException">The bag is empty or of another width.</exception>
    public BagOutput Read(Tensor x, bool instances = false, IDrawSource? draws = null)
    {
        CheckBag(x);
        using var h = Project(x, null, draws);
        return Backbone.Read(h, _predictor, instances, draws);
    }

    /// <summary>Reads what mask and recycling leave of a bag, as the student does in training.</summary>
    /// <param name="x">[N, D] features, N ≥ 1, on the model's device; float32, or bfloat16 for mixed precision.</param>
    /// <param name="coords">[N] places of the instances, or empty.</param>
    /// <param name="teacher">What the teacher says of the bag.</param>
    /// <param name="progress">Share of the training that is done, 0..1.</param>
    /// <param name="draws">Random numbers.</param>
    /// <exception cref="ArgumentException">The bag is empty or of another width.</exception>
    public StudentOutput Learn(Tensor x, ReadOnlyMemory<TileCoord> coords, TeacherOutput teacher, double progress, IDrawSource draws)
    {
        CheckBag(x);
        if (_mask is null)
            throw new InvalidOperationException("A baseline has no mask: it reads whole bags.");
        var masked = _mask.Masked(new MaskInput(teacher.Scores.cpu(), coords, progress, draws));
        var kept = Mask.Kept(x.shape[0], masked).to(x.device);               // [L], ascending
        if (_recycle is not null)
            kept = RecycleNetwork.Shuffle(kept, draws);
        using var scope = NewDisposeScope();                                 // of all that is as long as the bag only what backward needs stays
        // Only what the mask leaves is projected at all.
        var h = Project(x, kept, draws);                                     // [L, M]
        if (_recycle is not null)
        {
            using var all = h;
            h = _recycle.Recycle(all, draws);                                // [⌊L·ratio⌋ + k, M]
        }
        var instances = h.shape[0];
        var bag = Backbone.Read(h, _predictor, instances: false, draws);
        return new StudentOutput(bag.Logits.MoveToOuterDisposeScope(), bag.Embedding.MoveToOuterDisposeScope(), kept, instances);
    }

    /// <summary>A tensor of its own: [L, M].</summary>
    Tensor Project(Tensor x, Tensor? rows, IDrawSource? draws) =>
        _feature is not null ? _feature.Forward(x, rows, draws) : rows is null ? x.alias() : x.index_select(0, rows);

    void CheckBag(Tensor x)
    {
        if (x.dim() != 2 || x.shape[0] < 1 || x.shape[1] != Options.InputDim || x.dtype != Weights.All.dtype && x.dtype != ScalarType.BFloat16)
            throw new ArgumentException(
                $"A bag [N ≥ 1, {Options.InputDim}] of {Weights.All.dtype} is wanted, this one is [{string.Join(", ", x.shape)}] of {x.dtype}.", nameof(x));
    }

    /// <summary>Whether a model can be made so, for those who would find out hours later. The number of outputs is not looked at.</summary>
    /// <param name="options">What it shall be made of; its own InputDim is that of no features yet.</param>
    /// <param name="inputDim">Width of the features, D; null: not known yet, and any will do.</param>
    /// <exception cref="InputException"><c>model-options</c>.</exception>
    internal static void Require(MhimOptions options, int? inputDim = null)
    {
        try
        {
            Validate(options with { InputDim = inputDim ?? Math.Max(1, options.EmbedDim), Outputs = 2 });
        }
        catch (ArgumentException e)
        {
            throw new InputException("model-options", e.Message, e);
        }
        // Not asked of weights that were trained already.
        if (options.Masking is { } mask && Math.Max(mask.RatioHigh, Math.Max(mask.RatioLow, mask.RatioRandom)) > MaskingOptions.Most)
            throw new InputException("model-options", string.Create(CultureInfo.InvariantCulture, $"Masking: RatioHigh, RatioLow and RatioRandom must be at most {MaskingOptions.Most}."));
    }

    static void Validate(MhimOptions o)
    {
        Require(Array.TrueForAll((object?[])[o.Backbone, o.Teacher, o.Consistency], part => part is not null), "Backbone, Teacher and Consistency may be left out, but not be null");
        Require(o.InputDim >= 1 && o.EmbedDim >= 1 && o.Outputs >= 2, "InputDim and EmbedDim must be 1 or more, Outputs 2 or more");
        Require(o.Backbone.Kind != BackboneKind.TransMil || o.EmbedDim % 8 == 0, "EmbedDim must be a multiple of 8 for TransMil");
        Require(o.Projection || o.InputDim == o.EmbedDim, $"Without Projection EmbedDim ({o.EmbedDim}) must equal InputDim, the width of the features ({o.InputDim})");
        Require(o.Dropout is >= 0 and < 1, "Dropout must be in 0 ≤ p < 1");
        if (o.Masking is { } m)
            Require(m.RatioHigh is >= 0 and <= 1 && m.RatioLow is >= 0 and <= 1 && m.RatioRandom is >= 0 and <= 1 && m.RatioHighRandom is > 0 and <= 1,
                "Masking: RatioHigh, RatioLow and RatioRandom must be in 0..1, RatioHighRandom in 0 < r ≤ 1");
        if (o.Recycling is { } r)
            Require(r.KeepRatio is > 0 and <= 1 && r.Tokens >= 1 && r.Momentum is >= 0 and <= 1,
                "Recycling: KeepRatio must be in 0 < r ≤ 1, Tokens 1 or more, Momentum in 0..1");
        Require(o.Teacher.Momentum is >= 0 and <= 1, "Teacher: Momentum must be in 0..1");
        Require(o.Consistency.Weight >= 0 && o.Consistency.TeacherTemperature > 0, "Consistency: Weight must not be negative, TeacherTemperature above 0");

        static void Require(bool holds, string sentence)
        {
            if (!holds)
                throw new ArgumentException(sentence + ".");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            Weights.Dispose();
    }
}
