using System.CommandLine;
using Mhim.Features;
using Mhim.Workers.Hosting;

namespace Mhim.Workers.Commands;

/// <summary>The command line <c>mhim</c>: its verbs, and how errors reach people.</summary>
public static class CommandLine
{
    /// <summary>Exit code of success.</summary>
    public const int Ok = 0;

    /// <summary>Exit code of something that should not have happened.</summary>
    public const int Unexpected = 1;

    /// <summary>Exit code of input or options that cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>Exit code of a run over many slides of which some failed and some did not.</summary>
    public const int SomeFailed = 3;

    /// <summary>Exit code after Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Parses and runs. Results go to standard output, everything else to standard error.</summary>
    /// <returns>0, 1, 2, 3 or 130 as the constants say; never throws.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // "Required command was not provided" says less than whatever else is wrong.
            var errors = parsed.Errors.Count > 1 ? parsed.Errors.Where(error => !error.Message.StartsWith("Required command", StringComparison.Ordinal)) : parsed.Errors;
            foreach (var error in errors)
                Console.Error.WriteLine($"mhim: {Plain(error.Message)}");
            Console.Error.WriteLine($"Try 'mhim {string.Join(' ', PathOf(parsed.CommandResult.Command))}--help'.");
            return BadInput;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
            });
        }
        catch (Exception e)
        {
            return Explain(e, parsed.CommandResult.Command is ExampleCommand { GoesOn: true });
        }
    }

    /// <summary>A type by what people call it.</summary>
    static string Plain(string message) => message.Replace("System.Nullable`1[System.Double]", "number").Replace("System.Nullable`1[System.Int32]", "whole number")
        .Replace("System.Double", "number").Replace("System.Int32", "whole number").Replace("System.UInt64", "whole number");

    internal static RootCommand Root()
    {
        var root = new RootCommand("""
            MHIM: whole slides in, tissue, tiles, features, a MIL model, predictions and heatmaps out. Research use only.

            The way of the data:
              mhim slide info SLIDE                                      what a slide is, before anything else
              mhim extract SLIDES --out FEATURES                         tissue, tiles and features of a file or a folder
              mhim train --features FEATURES --labels CSV --out RUN      baseline and MHIM over patient-level folds
              mhim predict --slide SLIDE --model MODEL --out RESULT      probabilities, heatmap, GeoJSON, top tiles
              mhim serve                                                 all of it over REST and in the browser
              mhim demo                                                  the whole way on a drawn cohort, without any data of yours
            """)
        {
            SlideCommand.Create(),
            TileCommand.Create(),
            ExtractCommand.Create(),
            EncoderCommand.Create(),
            TrainCommand.Create(),
            CompareCommand.Create(),
            PredictCommand.Create(),
            ModelCommand.Create(),
            ServeCommand.Create(),
            WorkerCommand.Create(),
            HealthCommand.Create(),
            MigrateCommand.Create(),
            KeyCommand.Create(),
            DemoCommand.Create(),
            JobCommand.Create(),
        };
        ExampleCommand.ShowIn(root);
        return root;
    }

    /// <summary>Says what went wrong on standard error: one sentence, never a stack trace.</summary>
    /// <param name="e">What went wrong.</param>
    /// <param name="goesOn">Whether the command goes on where it was interrupted.</param>
    /// <returns>The exit code that goes with it.</returns>
    static int Explain(Exception e, bool goesOn)
    {
        switch (e)
        {
            case OperationCanceledException stopped:
                Console.Error.WriteLine($"mhim: {Interruption.Sentence(stopped, goesOn)}");
                return Interrupted;
            case var _ when Explanations.Sentence(e) is { } sentence:
                Console.Error.WriteLine($"mhim: {sentence}");
                return BadInput;
            default:
                Console.Error.WriteLine($"mhim: {Unforeseen(e)}");
                return Unexpected;
        }
    }

    /// <summary>A sentence about an error that should not have happened; its details go into a file.</summary>
    internal static string Unforeseen(Exception e)
    {
        var log = Path.Combine(Path.GetTempPath(), $"mhim-error-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.log");
        File.AppendAllText(log, e + "\n");
        return $"something unexpected happened ({e.GetType().Name}: {FirstLine(e.Message)}); the details are in {log}.";
    }

    static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();

    static IEnumerable<string> PathOf(Command command)
    {
        var names = new List<string>();
        for (Symbol? symbol = command; symbol is Command and not RootCommand; symbol = symbol.Parents.FirstOrDefault())
            names.Insert(0, symbol.Name);
        return names.Count == 0 ? [] : [.. names, ""];
    }
}
