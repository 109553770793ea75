using Mhim.Features;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>An ONNX model that fits its card: loaded, its input and output found. Safe for several threads.</summary>
sealed class OnnxModel : IDisposable
{
    readonly EncoderCard _card;
    readonly InferenceSession _session;
    readonly string _input, _output;
    readonly bool _half;

    OnnxModel(EncoderCard card, InferenceSession session, string device)
    {
        (_card, _session, Device) = (card, session, device);
        (_input, _output, _half, Batch) = CardFit.Check(card, session);
    }

    /// <summary>Where it runs: <c>cpu</c> or <c>cuda:N</c>.</summary>
    public string Device { get; }

    /// <summary>The batch that the model is fixed to, or null when any will do.</summary>
    public int? Batch { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="card">Its card.</param>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Device and threads.</param>
    /// <exception cref="InputException"><c>encoder-model</c>: no ONNX model, or one that does not fit; <c>device-missing</c>.</exception>
    public static OnnxModel Load(EncoderCard card, string path, EncoderOptions options)
    {
        InferenceSession session;
        string device;
        try
        {
            (session, device) = Open(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            var away = card.Data is null && e.Message.Contains("external", StringComparison.OrdinalIgnoreCase)
                ? " Its weights lie in a second file: name that as \"data\" in the card." : "";
            throw new InputException("encoder-model", $"'{path}' cannot be loaded as an ONNX model: {Said(e)}{away}", e);
        }
        try
        {
            return new OnnxModel(card, session, device);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    static (InferenceSession Session, string Device) Open(string path, EncoderOptions options)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // what goes wrong is an exception too
        };
        // Waiting threads that spin would take the cores from the readers.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        var device = OnnxDevice.Choose(settings, options.Device);
        try
        {
            return (new InferenceSession(path, settings), device);
        }
        catch (OnnxRuntimeException) when (options.Device == "auto" && device != "cpu")
        {
            // A GPU build on a machine without a GPU is only told here.
            return Open(path, options with { Device = "cpu" });
        }
    }

    /// <summary>Runs a batch.</summary>
    /// <param name="numbers">[B, 3, P, P] or [B, P, P, 3].</param>
    /// <param name="count">B.</param>
    /// <param name="features">[B, D].</param>
    /// <exception cref="InputException"><c>encoder-model</c>: the output is not what the card says.</exception>
    public void Run(Memory<float> numbers, int count, Span<float> features)
    {
        long side = _card.InputPx;
        long[] shape = _card.Layout == InputLayout.Nchw ? [count, 3, side, side] : [count, side, side, 3];
        using var input = _half
            ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Halves(numbers.Span).AsMemory(), shape)
            : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, numbers, shape);
        using var run = new RunOptions();
        using var results = Results(run, input);
        var output = results[0];
        var real = output.GetTensorTypeAndShape();
        if (real.Shape[0] != count || TokenPooling.DimOf(_card, real.Shape) is not { } dim)
            throw CardFit.Unfit(_card, $"gives an output of shape [{string.Join(", ", real.Shape)}] for {count} tiles, which pooling {CardFit.Word(_card.Pooling)} cannot make one vector a tile of");
        if (dim != _card.Dim)
            throw CardFit.WrongDim(_card, dim);
        var values = real.ElementDataType == TensorElementType.Float16 ? Singles(output.GetTensorDataAsSpan<Float16>()) : output.GetTensorDataAsSpan<float>();
        var each = values.Length / count;
        for (var i = 0; i < count; i++)
            TokenPooling.Pool(_card, real.Shape, values.Slice(i * each, each), features.Slice(i * _card.Dim, _card.Dim));
    }

    IDisposableReadOnlyCollection<OrtValue> Results(RunOptions run, OrtValue input)
    {
        try
        {
            return _session.Run(run, [_input], [input], [_output]);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException("encoder-model", $"The model of encoder `{_card.Id}` failed: {Said(e)}", e);
        }
    }

    static Float16[] Halves(ReadOnlySpan<float> numbers)
    {
        var halves = new Float16[numbers.Length];
        for (var i = 0; i < halves.Length; i++)
            halves[i] = (Float16)numbers[i];
        return halves;
    }

    static ReadOnlySpan<float> Singles(ReadOnlySpan<Float16> halves)
    {
        var singles = new float[halves.Length];
        for (var i = 0; i < singles.Length; i++)
            singles[i] = (float)halves[i];
        return singles;
    }

    // "[ErrorCode:Fail] Load model from x failed:..." may have several lines.
    static string Said(OnnxRuntimeException e) => e.Message.ReplaceLineEndings(" ").Trim() is { Length: > 300 } text ? text[..300] + " …" : e.Message.ReplaceLineEndings(" ").Trim();

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
