using Mhim.Features;
using Mhim.Tiling.Slides;
using Mhim.Workers.Commands;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Batch;

/// <summary>Opens a slide of the command line with the resolution that somebody states of it, and says where its file contradicts.</summary>
static class StatedSlide
{
    /// <summary>What the table says of a slide, by its file or, of a DICOM series, by its id; null when it says nothing.</summary>
    public static double? MppOf(SlideEntry slide, MppTable table) => table.Find(slide.Path) ?? (DicomSeries.IsNamed(slide.Path) ? table.FindId(slide.Id) : null);

    /// <summary>Opens and hashes it.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="table">Resolutions of single slides; may be null.</param>
    /// <param name="mpp">Resolution of all others, when somebody states it.</param>
    /// <exception cref="InputException">As <see cref="SlideSource.FromFile"/>.</exception>
    public static SlideSource Open(SlideEntry slide, MppTable? table, double? mpp)
    {
        var source = SlideSource.FromFile(slide.Path, (table is null ? null : MppOf(slide, table)) ?? mpp, slide.Id);
        if (source.Resolution is { Source: ResolutionSource.User, Confidence: not ResolutionConfidence.High } doubtful)
            Screen.Say($"{slide.Id}: {doubtful.Mpp:0.####} µm per pixel is taken as you said, though the file says otherwise ({string.Join("; ", doubtful.Notes)})");
        return source;
    }
}
