using System.CommandLine;
using Mhim.Data;

namespace Mhim.Workers.Commands;

/// <summary>The option <c>--data</c> of all commands that belong to one service: the same folder, unless it is said otherwise.</summary>
static class DataFolder
{
    // Named once for all commands, as in the image.
    static readonly string Variable = DataOptions.FolderKey.Replace(":", "__");

    /// <summary>The option; its default is <c>Mhim__Data</c> of the environment, otherwise <c>mhim-data</c> where the command is called.</summary>
    public static Option<string> Option(string description) => new("--data")
    {
        Description = description,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : DataOptions.DefaultFolder,
    };
}
