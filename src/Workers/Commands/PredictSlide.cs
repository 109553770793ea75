using Mhim.Tiling.Encoders;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim predict --slide</c>: from one slide to what a model says of it, in a folder of its own.</summary>
static class PredictSlide
{
    /// <summary>Extracts, predicts and prints.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="settings">How its features are made.</param>
    /// <param name="modelDir">The model folder.</param>
    /// <param name="outDir">Gets tiles, features and <see cref="PredictionFiles"/>; what another slide left there is removed first.</param>
    /// <param name="device">Where model and encoder run.</param>
    /// <param name="cancel">Leaves nothing half-written.</param>
    /// <returns>The exit code.</returns>
    public static int Run(SlideSource source, FeatureSettings settings, string modelDir, string outDir, string device, CancellationToken cancel)
    {
        var encoders = EncoderOptions.FromEnvironment(device);
        // A missing encoder is no reason to remove anything.
        EncoderCatalog.Info(settings.EncoderId, encoders);
        using var ours = FolderLock.ToPredict(outDir);
        var (tiles, features) = (Path.Combine(outDir, "tiles.h5"), Path.Combine(outDir, "features.h5"));
        if (EarlierPrediction.Remove(source, outDir, tiles, features) is { } other)
            Screen.Say($"`{outDir}` held a prediction of {other}, which is removed: a folder is one slide's.");
        var result = Screen.Run(source.SlideId, progress =>
        {
            ExtractStep.Run(source, settings, tiles, features, progress, cancel, encoders: encoders);
            return PredictStep.Run(source, features, modelDir, outDir, device, progress, cancel);
        });
        Console.Out.WriteLine($"{result.Slide}: {(result.Risk is { } risk ? $"risk {risk:0.000}" : result.PredictedClass)} ({result.Tiles} tiles, model {result.Model})");
        if (result.Survival is { } curve)
            TextTable.Print(["until", "survival"], curve.Select(p => (string[])[$"{p.Until:0.##}", $"{p.Probability:0.0000}"]));
        else
            TextTable.Print(["class", "probability"], result.Classes.Select(c => (string[])[c.Name, $"{c.Probability:0.0000}"]));
        Console.Out.WriteLine($"{result.Notice} Written to {Path.GetFullPath(outDir)}");
        return CommandLine.Ok;
    }
}
