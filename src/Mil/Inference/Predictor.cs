using Mhim.Features;
using Mhim.Mil.Backbones;
using Mhim.Mil.Checkpoints;
using Mhim.Mil.Cohorts;
using Mhim.Mil.Masking;
using Mhim.Mil.Tasks;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Mil.Inference;

/// <summary>A trained model that answers for bags. Not to be used from two threads at once.</summary>
public sealed class Predictor : IDisposable
{
    readonly MhimModel _model;
    readonly MhimModel? _teacher;
    readonly FeatureScaler? _scaler;
    readonly IMilTask _task;
    readonly Device _device;

    Predictor(MhimModel model, MhimModel? teacher, FeatureScaler? scaler, ModelCard card, IMilTask task, Device device) =>
        (_model, _teacher, _scaler, Card, _task, _device) = (model, teacher, scaler, card, task, device);

    /// <summary>What the model is and where it comes from.</summary>
    public ModelCard Card { get; }

    /// <summary>What the model is made of.</summary>
    public MhimOptions Options => _model.Options;

    /// <summary>Loads a model folder (model.safetensors, config.json, card.json).</summary>
    /// <param name="modelDir">The folder.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</param>
    /// <exception cref="InputException"><c>model-missing</c>, <c>model-unreadable</c>, <c>weights-unreadable</c>, <c>weights-mismatch</c>,
    /// <c>device-unknown</c>, <c>device-missing</c>.</exception>
    public static Predictor Load(string modelDir, string device = "auto")
    {
        using var normal = Denormals.Flush(); // libtorch's workers, which may start here, are as this thread is now
        var where = Devices.Parse(device);
        var (model, teacher, scaler, card) = ModelFolder.LoadWithTeacher(modelDir, where);
        IMilTask task = card.TimeBins.Count > 0 ? new Survival(new SurvivalBins(card.TimeBins)) : new Classification(card.Classes.Count);
        return new Predictor(model, teacher, scaler, card, task, where);
    }

    /// <summary>Answers for a bag.</summary>
    /// <param name="bag">Features of the kind that the model was trained on, N ≥ 1.</param>
    /// <exception cref="InputException"><c>bag-empty</c>, <c>features-not-finite</c>, <c>encoder-mismatch</c>, <c>dim-mismatch</c>, <c>mpp-mismatch</c>,
    /// <c>prediction-not-finite</c>, <c>features-beyond-half</c>.</exception>
    public Prediction Predict(FeatureBag bag) => Predict($"slide `{bag.SlideId}`", [bag]);

    /// <summary>Answers for all slides of a case as one bag, made as training makes it.</summary>
    /// <param name="caseId">The case, for messages.</param>
    /// <param name="slides">Its slides' features in their order, at least one instance in all; the answer's instances follow them.</param>
    /// <exception cref="InputException">As above.</exception>
    public Prediction PredictCase(string caseId, IReadOnlyList<FeatureBag> slides) => Predict($"case `{caseId}`", slides);

    Prediction Predict(string whose, IReadOnlyList<FeatureBag> slides)
    {
        if (slides.All(slide => slide.Count == 0))
            throw new InputException("bag-empty", $"{char.ToUpperInvariant(whose[0])}{whose[1..]} has no tiles, so there is nothing to predict from. Look at its tissue mask.");
        foreach (var slide in slides)
            Card.Features.Require(slide);
        using var normal = Denormals.Flush();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = InstanceTensor.Of(slides, Card.Features.Dim);
        x = (Card.HalfFeatures ? InstanceTensor.Half(x, whose).to(ScalarType.Float32) : x).to(_device);
        _scaler?.Apply(x);
        var read = _model.Read(x, instances: true);
        var decoded = _task.Decode(Trainer.Temper(Numbers(read.Logits), Card.Temperature ?? 1));
        var outputs = decoded.Outputs.Select(p => (float)p).ToArray();
        if (!Array.TrueForAll(outputs, float.IsFinite))
            throw new InputException("prediction-not-finite", $"The model's answer for {whose} is not a number: its features are so large that sums overflow. Look at them, and at how they were made.");
        var scores = _task.InstanceScores(_model.Backbone.ScaledEvidence(read));        // [N, C]
        // Nyström attention only comes near a softmax: its few negative weights are none, and what is left adds up to 1 again.
        var weights = read.Attention!.mean([0]).AtLeast(0);
        var attention = Numbers(weights / weights.sum());
        var mask = MaskOf(x, read);
        if (_task is Survival)
            return new Prediction([], [], -1, outputs, decoded.Risk, Numbers(scores.mean([1])), -1, attention) { Mask = mask, ClassScores = Numbers(scores) };
        var predicted = Array.IndexOf(outputs, outputs.Max());
        var scored = outputs.Length == 2 ? 1 : predicted;
        return new Prediction(Card.Classes, outputs, predicted, null, null, Numbers(scores.select(1, scored)), scored, attention) { Mask = mask, ClassScores = Numbers(scores) };
    }

    /// <summary>The mask of training without its dice and at its first strength: all of the ⌈N·ratio⌉ best are easy.</summary>
    InstanceMask? MaskOf(Tensor x, BagOutput read)
    {
        if (Options.Masking is not { } masking)
            return null;
        var judge = _teacher ?? _model;
        var bag = _teacher is null ? read : _teacher.Read(x, instances: true);
        var scores = judge.Backbone.Scores(bag, Options.Teacher.Scores).cpu();
        var easy = Candidates(new HighScoreMask(masking.RatioHigh, 1, MaskSchedule.Constant));
        var dull = masking.RatioLow > 0 ? Candidates(new LowScoreMask(masking.RatioLow)) : [];
        int[] hard = [.. Enumerable.Range(0, (int)x.shape[0]).Except(easy).Except(dull)];
        // A mask that would leave nothing is not applied, as in training.
        return hard.Length == 0 ? new InstanceMask([], [.. Enumerable.Range(0, (int)x.shape[0])], _teacher is not null)
            : new InstanceMask(easy, hard, _teacher is not null);

        int[] Candidates(IMaskingStrategy strategy) =>
            [.. strategy.Masked(new MaskInput(scores, default, 0, Draws: null!)).data<long>().Select(i => (int)i).Order()];
    }

    static float[] Numbers(Tensor t) => t.cpu().contiguous().data<float>().ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _teacher?.Dispose();
    }
}
