using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Tiling.Grid;
using Mhim.Tiling.Slides;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim slide info</c>.</summary>
static class SlideCommand
{
    static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    sealed record Level(long Width, long Height, double Downsample);

    sealed record Info(
        string Path, string Vendor, long Width, long Height, double? Mpp, string MppSource, ResolutionConfidence MppConfidence, string? MppProblem,
        IReadOnlyList<string> MppNotes, double? ObjectivePower, SlideBounds? Bounds, IReadOnlyList<Level> Levels,
        SlideQuality? Quality, IReadOnlyDictionary<string, long>? Tiles, string? QualityProblem);

    public static Command Create()
    {
        var path = new Argument<string>("SLIDE") { Description = "Slide file" };
        var mpp = SharedOptions.SlideMpp();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var quick = new Option<bool>("--quick") { Description = "Do not look at the pixels: no tissue, marks and blur" };
        var info = new ExampleCommand("info",
            "What a slide is: scanner, size, levels, resolution and how far to trust it; shares of tissue, pen marks, dark edges and blur; what a tile grid makes of it.",
            "mhim slide info CMU-1.svs",
            "mhim slide info CMU-1.svs --json") { path, mpp, json, quick };
        info.SetAction(parsed => Print(Read(parsed.GetRequiredValue(path), parsed.GetValue(mpp), parsed.GetValue(quick)), parsed.GetValue(json)));
        return new Command("slide", "Look at slides") { info };
    }

    static Info Read(string path, double? mpp, bool quick)
    {
        using var slide = SlideFile.Open(path, mpp);
        InspectStep.Probe(slide);
        var (info, resolution) = (slide.Info, slide.Info.Resolution);
        var report = quick ? null : SlideReport.Of(slide);
        return new Info(System.IO.Path.GetFullPath(path), info.Vendor, info.Width, info.Height, resolution.Mpp, resolution.Source.ToString().ToLowerInvariant(),
            resolution.Confidence, resolution.Problem, resolution.Notes, info.ObjectivePower, info.Bounds,
            [.. info.Levels.Select(level => new Level(level.Width, level.Height, level.Downsample))], report?.Quality, report?.Ledger, report?.Problem);
    }

    static void Print(Info info, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(info, Form));
            return;
        }
        void Line(string name, string text) => Console.Out.WriteLine($"  {name,-10}  {text}");
        Console.Out.WriteLine(info.Path);
        Line("vendor", info.Vendor);
        Line("size", $"{info.Width} x {info.Height} px");
        Line("resolution", info.MppProblem is null
            ? $"{info.Mpp:0.####} µm/px (from {info.MppSource}, {info.MppConfidence.ToString().ToLowerInvariant()} confidence{(info.MppNotes.Count == 0 ? "" : "; " + string.Join("; ", info.MppNotes))})"
            : $"not to be trusted: {info.MppProblem}");
        Line("levels", string.Join(", ", info.Levels.Select(level => $"{level.Width} x {level.Height} (1/{level.Downsample:0.##})")));
        if (info.Quality is { } quality)
        {
            Line("tissue", $"{quality.Tissue:P1} of the scanned part");
            Line("pen marks", QualityWords.Pens(quality));
            Line("dark edge", QualityWords.Dark(quality));
            Line("blur", quality.Blur is { } blur ? $"{blur:P0} of the tiles (of a sample)" : "?");
        }
        if (info.Tiles is { } tiles)
            Line("tiles", $"{string.Join(", ", tiles.Where(fate => fate.Value > 0).Select(fate => $"{fate.Value} {fate.Key}"))} (256 px at {Math.Max(0.5, info.Mpp!.Value):0.###} µm/px)");
        if (info.QualityProblem is { } problem)
            Line("tiles", $"none: {problem}");
    }
}
