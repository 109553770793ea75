using Mhim.Data.Entities;

namespace Mhim.Api.Models;

/// <summary>A model.</summary>
/// <param name="Id">Its id here.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Sha256">Over its files.</param>
/// <param name="EncoderId">The encoder whose features it wants.</param>
/// <param name="Dim">Numbers per tile.</param>
/// <param name="Mpp">Resolution of the tiles it wants, µm per pixel.</param>
/// <param name="TileSize">Side of the tiles it wants, pixels.</param>
/// <param name="Classes">In the order of its outputs.</param>
/// <param name="RunId">The run that it comes from; null when it was uploaded.</param>
/// <param name="RunModel">Which model of that run.</param>
/// <param name="CreatedAt">When it came in, UTC.</param>
public sealed record ModelDto(
    Guid Id, string Name, string Sha256, string EncoderId, int Dim, double? Mpp, int? TileSize, IReadOnlyList<string> Classes, Guid? RunId, string? RunModel, DateTime CreatedAt)
{
    /// <summary>What a row looks like outside.</summary>
    public static ModelDto Of(Model m) => new(m.Id, m.Name, m.Sha256, m.EncoderId, m.Dim, m.Mpp, m.TileSize, m.Classes, m.RunId, m.RunModel, m.CreatedAt);
}

/// <summary>The form of an import, for the API document: either one zip or the three files of a model folder.</summary>
/// <param name="Files">model.safetensors, config.json and card.json, or one .zip with them.</param>
/// <param name="Name">What people shall call it.</param>
public sealed record ModelImportForm(IFormFileCollection Files, string? Name = null);
