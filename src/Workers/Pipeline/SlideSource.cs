using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>A slide as the steps take it.</summary>
/// <param name="Path">The file.</param>
/// <param name="SlideId">Its id in tables and feature files.</param>
/// <param name="Sha256">Of its content, in however many files (<see cref="SlideHash"/>): finished steps are known by it, not by names or times.</param>
/// <param name="Mpp">Resolution that somebody stated; null: as the file says.</param>
public sealed record SlideSource(string Path, string SlideId, string Sha256, double? Mpp)
{
    /// <summary>Attribute of output files: <see cref="Sha256"/> of the slide that they were made from.</summary>
    internal const string HashAttribute = "slide_sha256";

    /// <summary>The verdict on its resolution; null when nobody looked.</summary>
    public Resolution? Resolution { get; init; }

    /// <summary>Where its owner keeps it, for the outputs to say (<see cref="OutputOwner"/>); null in the service, which keeps it under a name of its own.</summary>
    public string? Origin { get; init; }

    /// <summary>What outputs say of the slide, as attributes of the file, with what else they say.</summary>
    internal Dictionary<string, string> Provenance(IReadOnlyDictionary<string, string> more)
    {
        var said = new Dictionary<string, string>(more) { [HashAttribute] = Sha256 };
        if (Origin is not null)
            said[OutputOwner.Attribute] = OutputOwner.PlaceOf(Origin);
        return said;
    }

    /// <summary>A file on disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mpp">Resolution that somebody stated.</param>
    /// <param name="id">Its id; null: its name without extension.</param>
    /// <exception cref="InputException">Missing, a folder, empty.</exception>
    public static SlideSource FromFile(string path, double? mpp, string? id = null)
    {
        // Opening first: it knows every way in which a path can be no slide, and hashing a folder would be a worse sentence.
        Resolution resolution;
        using (var slide = SlideFile.Open(path, mpp))
        {
            InspectStep.Probe(slide);
            resolution = slide.Info.Resolution;
        }
        return new SlideSource(path, id ?? SlideFile.IdOf(path), SlideHash.Of(path), mpp) { Resolution = resolution, Origin = System.IO.Path.GetFullPath(path) };
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="InputException">See <see cref="SlideFile.Open"/>.</exception>
    public ISlide Open() => SlideFile.Open(Path, Mpp);
}
