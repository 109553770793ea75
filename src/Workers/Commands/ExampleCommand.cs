using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Mhim.Workers.Commands;

/// <summary>A command whose help ends with examples; the list of commands shows its first words alone.</summary>
/// <param name="name">The verb.</param>
/// <param name="description">One or two sentences.</param>
/// <param name="examples">Lines as one would type them.</param>
public sealed class ExampleCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Lines as one would type them.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>Whether the same command, given again after Ctrl-C, takes up what was finished; people are told so.</summary>
    public bool GoesOn { get; set; }

    /// <summary>Lets a root command's help print examples.</summary>
    internal static void ShowIn(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is HelpAction action)
                help.Action = new WithExamples(action);
    }

    sealed class WithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed)
        {
            var code = help.Invoke(parsed);
            if (parsed.CommandResult.Command is ExampleCommand { Examples: { Count: > 0 } examples })
            {
                var output = parsed.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples)
                    output.WriteLine("  " + example);
                output.WriteLine();
            }
            return code;
        }
    }
}
