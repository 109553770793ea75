using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>What a slide file is.</summary>
/// <param name="Mpp">µm per pixel of level 0; null when it is missing or not to be believed, then <paramref name="Problem"/> says so.</param>
/// <param name="MppSource">What said so; <c>user</c> when it was given by hand.</param>
/// <param name="ProblemCode">Why there is no resolution: a stable word.</param>
/// <param name="Problem">The same as a sentence.</param>
/// <param name="Vendor">Scanner family.</param>
/// <param name="Width">Pixels of level 0.</param>
/// <param name="Height">Pixels of level 0.</param>
/// <param name="Levels">Levels of the pyramid.</param>
/// <param name="ObjectivePower">If the file states one.</param>
public sealed record SlideInspection(
    double? Mpp, string? MppSource, string? ProblemCode, string? Problem, string Vendor, long Width, long Height, int Levels, double? ObjectivePower);

/// <summary>First step: opens a slide, whatever its name says, and looks at its resolution.</summary>
public static class InspectStep
{
    /// <summary>Where a resolution comes from that somebody stated.</summary>
    public const string ByUser = "user";

    /// <summary>Opens and looks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mpp">Resolution that somebody stated, if so.</param>
    /// <param name="displayName">What the file is to be called in messages, when its path would say nothing to whoever sent it.</param>
    /// <exception cref="InputException">It is no slide, or the stated resolution is not plausible. A missing resolution is no error here.</exception>
    public static SlideInspection Inspect(string path, double? mpp, string? displayName = null)
    {
        try
        {
            using var slide = SlideFile.Open(path, mpp);
            Probe(slide);
            var info = slide.Info;
            var resolution = info.Resolution;
            return new SlideInspection(resolution.Problem is null ? resolution.Mpp : null, mpp is null ? resolution.Source.ToString().ToLowerInvariant() : ByUser,
                resolution.ProblemCode, Worded(resolution.Problem, path, displayName), info.Vendor, info.Width, info.Height, info.Levels.Count, info.ObjectivePower);
        }
        catch (InputException e) when (displayName is not null)
        {
            throw new InputException(e.Code, Worded(e.Message, path, displayName)!, e);
        }
    }

    /// <summary>A sentence for whoever sent the file: names it as they do, and shows their way out instead of the command line's (<see cref="ServiceWords"/>).</summary>
    /// <param name="sentence">As a step says it.</param>
    /// <param name="path">Where the file lies here.</param>
    /// <param name="displayName">What they call it; null: nothing changes.</param>
    internal static string? Worded(string? sentence, string path, string? displayName) =>
        displayName is null || sentence is null ? sentence : ServiceWords.Of(sentence.Replace(path, displayName));

    // Shares of width and height; the first that can be read will do.
    static readonly (double X, double Y)[] Places = [(0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];

    /// <summary>Reads a few pixels of every level: some damaged files open all the same. A damaged spot costs the tiles that lie on it, not the slide: others are tried.</summary>
    /// <exception cref="InputException"><c>slide-unreadable</c>: a level, at each of five places.</exception>
    public static void Probe(ISlide slide)
    {
        const int side = 16;
        Span<byte> rgb = stackalloc byte[side * side * 3];
        var scanned = slide.Info.Scanned;
        for (int level = 0; level < slide.Info.Levels.Count; level++)
            for (int place = 0; place < Places.Length; place++)
                try
                {
                    slide.ReadRegion(level, scanned.X + (long)(Places[place].X * scanned.Width), scanned.Y + (long)(Places[place].Y * scanned.Height), side, side, rgb);
                    break;
                }
                catch (InputException e) when (e.Code == "slide-unreadable" && place + 1 < Places.Length)
                {
                    // another may be whole
                }
    }
}
