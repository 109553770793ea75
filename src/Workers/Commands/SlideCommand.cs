using System.CommandLine;
using System.Text.Json;
using Mhim.Tiling.Slides;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim slide info</c>.</summary>
static class SlideCommand
{
    sealed record Level(long Width, long Height, double Downsample);

    sealed record Info(
        string Path, string Vendor, long Width, long Height, double? Mpp, string MppSource, string? MppProblem, double? ObjectivePower, SlideBounds? Bounds, IReadOnlyList<Level> Levels);

    public static Command Create()
    {
        var path = new Argument<string>("SLIDE") { Description = "Slide file" };
        var mpp = SharedOptions.SlideMpp();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var info = new ExampleCommand("info",
            "What a slide is: scanner, size, levels, resolution.",
            "mhim slide info CMU-1.svs",
            "mhim slide info CMU-1.svs --json") { path, mpp, json };
        info.SetAction(parsed => Print(Read(parsed.GetRequiredValue(path), parsed.GetValue(mpp)), parsed.GetValue(json)));
        return new Command("slide", "Look at slides") { info };
    }

    static Info Read(string path, double? mpp)
    {
        using var slide = SlideFile.Open(path, mpp);
        InspectStep.Probe(slide);
        var info = slide.Info;
        return new Info(System.IO.Path.GetFullPath(path), info.Vendor, info.Width, info.Height, info.Resolution.Mpp, info.Resolution.Source.ToString().ToLowerInvariant(),
            info.Resolution.Problem, info.ObjectivePower,
            info.Bounds, [.. info.Levels.Select(level => new Level(level.Width, level.Height, level.Downsample))]);
    }

    static void Print(Info info, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(info, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
            return;
        }
        Console.Out.WriteLine($"{info.Path}");
        Console.Out.WriteLine($"  vendor      {info.Vendor}");
        Console.Out.WriteLine($"  size        {info.Width} x {info.Height} px");
        Console.Out.WriteLine(info.MppProblem is null ? $"  resolution  {info.Mpp:0.####} µm/px ({info.MppSource})" : $"  resolution  not to be trusted: {info.MppProblem}");
        if (info.ObjectivePower is { } power)
            Console.Out.WriteLine($"  objective   {power:0.#}x");
        Console.Out.WriteLine($"  levels      {string.Join(", ", info.Levels.Select(level => $"{level.Width} x {level.Height} (1/{level.Downsample:0.##})"))}");
    }
}
