using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Encoders;

namespace Mhim.Workers.Pipeline;

/// <summary>Third step: turns the tiles into features, into a feature file in the TRIDENT layout.</summary>
public static class ExtractStep
{
    const int Version = 2;

    /// <summary>Encodes the tiles, or reads the features when the file was made from the same slide, tiles and encoder.</summary>
    /// <param name="source">The slide.</param>
    /// <param name="settings">Encoder, resolution and tile size.</param>
    /// <param name="tilesPath">The patch file; made by <see cref="TileStep"/> when it is not there yet.</param>
    /// <param name="path">The feature file.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Leaves nothing half-written.</param>
    /// <param name="half">Stores the features as 16-bit floats, in half the room.</param>
    /// <param name="encoders">Where encoders lie and run; null: as the environment says.</param>
    /// <param name="opened">The encoder, when it is open already; the caller's to close.</param>
    /// <exception cref="InputException">The slide cannot be read, has no tissue, the encoder is not known, or its features are more than a file holds.</exception>
    public static FeatureBag Run(
        SlideSource source, FeatureSettings settings, string tilesPath, string path, IProgress<StepProgress>? progress, CancellationToken cancel,
        bool half = false, EncoderOptions? encoders = null, Lazy<IPatchEncoder>? opened = null)
    {
        encoders ??= EncoderOptions.FromEnvironment();
        var inputs = InputsOf(source, settings, half, encoders);
        if (StepInputs.Made(path, inputs))
            return TridentFile.ReadFeatures(path);
        using var own = opened is null ? EncoderCatalog.Open(settings.EncoderId, encoders) : null;
        var encoder = own ?? opened!.Value;
        var tiles = TileStep.Run(source, settings.Grid, tilesPath, progress, cancel, settings.Tissue, settings.MaxUnreadable);
        TridentFile.RequireRoom(source.SlideId, tiles.Coords.Length, encoder.Info.Dim, half);
        using var slide = source.Open();
        var words = $"encoding {tiles.Coords.Length} tiles";
        var bag = FeatureExtractor.Extract(slide, tiles, encoder, new ExtractOptions(MaxUnreadable: settings.MaxUnreadable, SkipBlurred: !settings.KeepBlurred),
            progress is null ? null : new DirectProgress<ExtractProgress>(p => progress.Report(new StepProgress((double)p.Done / p.Total, words))), cancel);
        cancel.ThrowIfCancellationRequested();
        TridentFile.WriteFeatures(path, bag, source.Provenance(new Dictionary<string, string>(encoder.Info.Provenance) { [StepInputs.Attribute] = inputs }), half);
        return half ? TridentFile.ReadFeatures(path) : bag; // what a second run would read
    }

    /// <summary>What can be done for a slide while the one before it is being encoded: its tissue and its tiles, where its features are still to be made.</summary>
    /// <inheritdoc cref="Run"/>
    /// <returns>Whether its features are still to be made.</returns>
    public static bool Prepare(SlideSource source, FeatureSettings settings, string tilesPath, string path, IProgress<StepProgress>? progress, CancellationToken cancel,
        bool half = false, EncoderOptions? encoders = null)
    {
        if (StepInputs.Made(path, InputsOf(source, settings, half, encoders ?? EncoderOptions.FromEnvironment())))
            return false;
        TileStep.Run(source, settings.Grid, tilesPath, progress, cancel, settings.Tissue, settings.MaxUnreadable);
        return true;
    }

    static string InputsOf(SlideSource source, FeatureSettings settings, bool half, EncoderOptions encoders) => StepInputs.Of("extract", Version,
        TileStep.InputsOf(source, settings.Grid, settings.Tissue),
        EncoderCatalog.Fingerprint(settings.EncoderId, encoders) + (half ? " float16" : ""), settings.MaxUnreadable, settings.KeepBlurred);
}
