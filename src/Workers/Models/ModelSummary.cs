using System.Text.Json;
using Mhim.Features;
using Mhim.Mil.Inference;
using Mhim.Workers.Jobs;

namespace Mhim.Workers.Models;

/// <summary>What a model folder says of itself, and that it loads.</summary>
/// <param name="Name">Name for people.</param>
/// <param name="Task"><c>classification</c> or <c>survival</c>.</param>
/// <param name="Classes">In the order of the model's outputs.</param>
/// <param name="EncoderId">The encoder whose features it wants.</param>
/// <param name="Dim">D, numbers per tile.</param>
/// <param name="Mpp">Resolution of its tiles, µm per pixel, if known.</param>
/// <param name="TileSize">Side of its tiles, pixels, if known.</param>
public sealed record ModelSummary(string Name, string Task, IReadOnlyList<string> Classes, string EncoderId, int Dim, double? Mpp, int? TileSize)
{
    /// <summary>Loads the model in this process.</summary>
    /// <exception cref="InputException">It does not load; see <see cref="Predictor.Load"/>.</exception>
    public static ModelSummary Load(string folder)
    {
        using var predictor = Predictor.Load(folder, "cpu");
        var card = predictor.Card;
        return new ModelSummary(card.Name, card.Task, card.Classes, card.Features.EncoderId, card.Features.Dim, card.Features.Mpp, card.Features.TileSize);
    }

    /// <summary>Loads the model in a child process: a model file from anywhere must not be able to end the service.</summary>
    /// <exception cref="InputException">It does not load.</exception>
    public static async Task<ModelSummary> LoadApartAsync(string folder, CancellationToken cancel)
    {
        var (exitCode, output, error) = await MhimProcess.RunAsync(cancel, "model", "info", folder, "--json");
        if (exitCode == 0)
            return JsonSerializer.Deserialize<ModelSummary>(output, JsonSerializerOptions.Web)!;
        var reason = error.Split('\n').FirstOrDefault(line => line.StartsWith("mhim: ", StringComparison.Ordinal));
        throw new InputException("model-unreadable", reason is null
            ? $"The model cannot be loaded: its process ended with exit code {exitCode}."
            : reason["mhim: ".Length..].TrimEnd());
    }
}
