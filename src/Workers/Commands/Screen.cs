using System.Diagnostics;
using Mhim.Workers.Pipeline;
using Spectre.Console;

namespace Mhim.Workers.Commands;

/// <summary>Progress on standard error: a moving bar on a terminal, plain lines elsewhere.</summary>
public static class Screen
{
    static readonly IAnsiConsole Error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Whether somebody watches.</summary>
    public static bool Interactive => !Console.IsErrorRedirected && Error.Profile.Capabilities.Interactive;

    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="title">What is being done, for example a slide's name.</param>
    /// <param name="work">The work.</param>
    /// <param name="knowsLeft">Whether it tells itself how much time is left; otherwise the bar's pace tells.</param>
    public static T Run<T>(string title, Func<IProgress<StepProgress>, T> work, bool knowsLeft = false)
    {
        if (!Interactive)
            return RunPlain(title, work);
        T result = default!;
        Error.Progress().AutoClear(true)
            .Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), .. knowsLeft ? [] : (ProgressColumn[])[new RemainingTimeColumn()]])
            .Start(context =>
            {
                var bar = context.AddTask(Markup.Escape(title), maxValue: 1);
                result = work(new DirectProgress<StepProgress>(step =>
                {
                    bar.Value = step.Share;
                    bar.Description = Markup.Escape($"{title}: {step.Text}{Left(step)}");
                }));
            });
        return result;
    }

    /// <summary>A line for people, on standard error.</summary>
    public static void Say(string line) => Console.Error.WriteLine(line);

    static string Left(StepProgress step) => step.Left is not { } left || left <= TimeSpan.Zero ? ""
        : left < TimeSpan.FromMinutes(2) ? $", about {left.TotalSeconds:0} s left"
        : left < TimeSpan.FromHours(2) ? $", about {left.TotalMinutes:0} min left"
        : left < TimeSpan.FromDays(2) ? $", about {left.TotalHours:0} h left" : $", about {left.TotalDays:0} days left";

    // A line whenever the words change, and every ten seconds within one step.
    static T RunPlain<T>(string title, Func<IProgress<StepProgress>, T> work)
    {
        var last = Stopwatch.StartNew();
        string? words = null;
        var gate = new Lock();
        return work(new DirectProgress<StepProgress>(step =>
        {
            lock (gate)
            {
                if (step.Text == words && last.Elapsed < TimeSpan.FromSeconds(10))
                    return;
                Console.Error.WriteLine(step.Text == words ? $"{title}: {step.Text} {step.Share:P0}{Left(step)}" : $"{title}: {step.Text}");
                words = step.Text;
                last.Restart();
            }
        }));
    }
}
