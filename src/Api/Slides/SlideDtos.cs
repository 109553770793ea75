using System.Text.Json.Serialization;
using Mhim.Api.Jobs;
using Mhim.Data.Entities;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;

namespace Mhim.Api.Slides;

/// <summary>A slide.</summary>
/// <param name="Id">Its id here.</param>
/// <param name="Name">The slide id that label tables use.</param>
/// <param name="FileName">Name of the uploaded file.</param>
/// <param name="Sha256">Of the content.</param>
/// <param name="Size">Bytes.</param>
/// <param name="State">needs-mpp, processing, ready or failed.</param>
/// <param name="ProblemCode">Why it stands still: a stable word.</param>
/// <param name="Problem">The same as a sentence.</param>
/// <param name="Mpp">µm per pixel of level 0.</param>
/// <param name="MppSource">What said so.</param>
/// <param name="EncoderId">The encoder that its owner chose; null: the service's own choice.</param>
/// <param name="AnyStain">Used whatever its stain.</param>
/// <param name="Vendor">Scanner family.</param>
/// <param name="Width">Pixels of level 0.</param>
/// <param name="Height">Pixels of level 0.</param>
/// <param name="Levels">Levels of the pyramid.</param>
/// <param name="ObjectivePower">If the file states one.</param>
/// <param name="TissueShare">0 to 1; null until tiled.</param>
/// <param name="TileCount">Null until tiled.</param>
/// <param name="CreatedAt">When it was uploaded, UTC.</param>
public sealed record SlideDto(
    Guid Id, string Name, string FileName, string Sha256, long Size, SlideState State, string? ProblemCode, string? Problem, double? Mpp, string? MppSource,
    string? EncoderId, bool AnyStain, string Vendor, long Width, long Height, int Levels, double? ObjectivePower, double? TissueShare, int? TileCount, DateTime CreatedAt)
{
    /// <summary>What a row looks like outside.</summary>
    public static SlideDto Of(Slide s) => new(s.Id, s.Name, s.FileName, s.Sha256, s.Size, s.State, s.ProblemCode, s.Problem, s.Mpp, s.MppSource, s.EncoderId, s.AnyStain, s.Vendor,
        s.Width, s.Height, s.Levels, s.ObjectivePower, s.TissueShare, s.TileCount, s.CreatedAt);
}

/// <summary>A step of a slide's way to features.</summary>
/// <param name="Name">inspect, tile or extract.</param>
/// <param name="State">As of its job; inspection is done when the upload is answered.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="JobId">Its job, if it has one.</param>
public sealed record SlideStepDto(string Name, JobState State, double Progress, Guid? JobId);

/// <summary>The verdict on a slide's resolution.</summary>
/// <param name="Mpp">µm per pixel of level 0; null when nothing is known.</param>
/// <param name="Source">none, user, openSlide, vendor or tiff.</param>
/// <param name="Confidence">none (not to be used), low, medium or high.</param>
/// <param name="Notes">What else in the file speaks for or against it.</param>
public sealed record SlideResolutionDto(double? Mpp, ResolutionSource Source, ResolutionConfidence Confidence, IReadOnlyList<string> Notes);

/// <summary>A slide with its steps and jobs.</summary>
/// <param name="Slide">The slide.</param>
/// <param name="Steps">In order.</param>
/// <param name="Jobs">All its jobs, oldest first; those of its predictions too.</param>
/// <param name="Resolution">The verdict on its resolution; null when the file cannot be opened any more.</param>
/// <param name="Quality">Shares of tissue, pen marks, dark edges and blur; null until tiled.</param>
/// <param name="TileFates">Places of the tile grid by what became of them (read, no-tissue, pen, dark-edge, blur, unreadable, outside); null until tiled.</param>
public sealed record SlideDetailsDto(
    SlideDto Slide, IReadOnlyList<SlideStepDto> Steps, IReadOnlyList<JobDto> Jobs,
    SlideResolutionDto? Resolution, SlideQuality? Quality, IReadOnlyDictionary<string, long>? TileFates)
{
    /// <summary>Puts rows together.</summary>
    internal static SlideDetailsDto Of(Slide slide, List<Job> jobs, SlideFacts facts)
    {
        SlideStepDto StepOf(string name, JobKind kind) => jobs.FirstOrDefault(j => j.Kind == kind) is { } job
            ? new SlideStepDto(name, job.State, job.Progress, job.Id)
            : new SlideStepDto(name, JobState.Waiting, 0, null);
        return new SlideDetailsDto(SlideDto.Of(slide),
            [new SlideStepDto("inspect", JobState.Succeeded, 1, null), StepOf("tile", JobKind.Tile), StepOf("extract", JobKind.Extract)],
            [.. jobs.Select(JobDto.Of)], facts.Resolution, facts.Quality, facts.TileFates);
    }
}

/// <summary>A slide while it is at work, as the event stream tells it.</summary>
/// <param name="Slide">The slide.</param>
/// <param name="Jobs">All its jobs, oldest first.</param>
public sealed record SlideEventDto(SlideDto Slide, IReadOnlyList<JobDto> Jobs);

/// <summary>What can be said of a slide afterwards.</summary>
/// <param name="Mpp">µm per pixel of level 0.</param>
/// <param name="AnyStain">True: use it although it is unstained or fluorescent; it is tiled anew.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SlideChange(double? Mpp = null, bool? AnyStain = null);

/// <summary>The form of an upload, for the API document.</summary>
/// <param name="File">The slide file.</param>
/// <param name="Name">The slide id that label tables use; by default the file name without extension.</param>
/// <param name="Mpp">µm per pixel of level 0, when the file does not say.</param>
/// <param name="Encoder">The encoder of its features, one of /api/v1/encoders; by default the service's own choice.</param>
/// <param name="AnyStain">True: use it whatever its stain; without it, unstained and fluorescence slides are refused when they are tiled.</param>
public sealed record SlideUploadForm(IFormFile File, string? Name = null, double? Mpp = null, string? Encoder = null, bool? AnyStain = null);
