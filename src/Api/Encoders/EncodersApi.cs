using Mhim.Api.Hosting;
using Mhim.Tiling.Encoders;
using Mhim.Tiling.Encoders.Onnx;
using Mhim.Workers.Pipeline;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mhim.Api.Encoders;

/// <summary>The tile encoders that the service may use: the built-in one, and those by card.</summary>
static class EncodersApi
{
    public static void MapEncoders(this RouteGroupBuilder api)
    {
        var encoders = api.MapGroup("/encoders").WithTags("Encoders");
        encoders.MapGet("/", (FeatureSettings settings) => TypedResults.Ok(All(settings))).WithSummary("Encoders that can be chosen, the service's own choice marked");
        encoders.MapGet("/{id}", Get).WithSummary("One encoder");
    }

    static Results<Ok<EncoderDto>, ProblemHttpResult> Get(string id, FeatureSettings settings) => All(settings).FirstOrDefault(encoder => encoder.Id == id) is { } found
        ? TypedResults.Ok(found) : Problems.Of(StatusCodes.Status404NotFound, "encoder-unknown", "There is no such encoder.");

    static IReadOnlyList<EncoderDto> All(FeatureSettings settings)
    {
        var options = EncoderOptions.FromEnvironment();
        var builtIn = EncoderCatalog.Info(EncoderCatalog.Default, options);
        return
        [
            new EncoderDto(builtIn.Id, builtIn.Id == settings.EncoderId, true, builtIn.InputSize, builtIn.Mpp, builtIn.Dim, null, null, null),
            .. EncoderFolder.List(options).Where(encoder => encoder.Card is not null).Select(encoder => new EncoderDto(encoder.Id, encoder.Id == settings.EncoderId, false,
                encoder.Card!.TileSide, encoder.Card.Mpp, encoder.Card.Dim, encoder.Card.Sha256, encoder.Card.Licence, encoder.Card.Source)),
        ];
    }
}

/// <summary>A tile encoder.</summary>
/// <param name="Id">What forms and requests call it.</param>
/// <param name="Chosen">What uploads are encoded with unless their owner chooses another.</param>
/// <param name="BuiltIn">It needs no model.</param>
/// <param name="TileSize">Side of the tiles that it was made for, pixels.</param>
/// <param name="Mpp">Resolution that it was made for, µm per pixel.</param>
/// <param name="Dim">Numbers per tile.</param>
/// <param name="Sha256">Of its model.</param>
/// <param name="Licence">As its card says.</param>
/// <param name="Source">Where it comes from, as its card says.</param>
public sealed record EncoderDto(string Id, bool Chosen, bool BuiltIn, int TileSize, double Mpp, int Dim, string? Sha256, string? Licence, string? Source);
