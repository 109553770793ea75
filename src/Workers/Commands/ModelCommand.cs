using System.CommandLine;
using System.Text.Json;
using Mhim.Workers.Models;

namespace Mhim.Workers.Commands;

/// <summary><c>mhim model</c>: info and import.</summary>
static class ModelCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("MODEL") { Description = "Model folder, or the folder of a run (its best model)" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var info = new ExampleCommand("info",
            "Loads a model and says what it is.",
            "mhim model info run/fold-0/mhim") { folder, json };
        info.SetAction(parsed =>
        {
            var summary = ModelSummary.Load(ModelPath.Find(parsed.GetRequiredValue(folder)));
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(summary, JsonSerializerOptions.Web));
                return;
            }
            Print(summary);
        });
        return new Command("model", "Look at models, and take in weights trained elsewhere") { info, ModelImportCommand.Create() };
    }

    internal static void Print(ModelSummary summary)
    {
        Console.Out.WriteLine(summary.Name);
        Console.Out.WriteLine($"  task      {summary.Task}");
        Console.Out.WriteLine($"  classes   {string.Join(", ", summary.Classes)}");
        Console.Out.WriteLine($"  features  {summary.EncoderId}, {summary.Dim} numbers a tile" + (summary is { TileSize: { } size, Mpp: { } mpp } ? $", tiles of {size} px at {mpp} µm/px" : ", of tiles that it does not name"));
    }
}
