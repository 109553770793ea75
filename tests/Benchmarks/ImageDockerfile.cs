using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mhim.Benchmarks;

/// <summary>One instruction of a Dockerfile.</summary>
/// <param name="Word">RUN, COPY and so on.</param>
/// <param name="Flags">What begins with <c>--</c>, without it.</param>
/// <param name="Rest">Everything after; line ends that are continued are kept as blanks.</param>
internal sealed record DockerStep(string Word, IReadOnlyDictionary<string, string> Flags, string Rest)
{
    /// <summary>The words of the exec form, or of the plain form.</summary>
    public string[] Words => Rest.StartsWith('[') ? JsonSerializer.Deserialize<string[]>(Rest)! : Rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A stage: <c>FROM From AS Name</c> and what follows.</summary>
internal sealed record DockerStage(string From, string? Name, List<DockerStep> Steps);

/// <summary>Reads as much of the Dockerfile language as our own file uses, and refuses the rest.</summary>
internal static partial class ImageDockerfile
{
    static readonly string[] Known = ["RUN", "COPY", "ENV", "ARG", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"];

    /// <summary>The stages and the build arguments with their defaults that stand before the first.</summary>
    public static (Dictionary<string, string> Arguments, List<DockerStage> Stages) Read(string text)
    {
        var (arguments, stages) = (new Dictionary<string, string>(), new List<DockerStage>());
        var logical = "";
        foreach (var line in text.Split('\n'))
        {
            if (line.TrimStart().StartsWith('#') || (logical.Length == 0 && string.IsNullOrWhiteSpace(line)))
                continue;
            logical += line.TrimEnd();
            if (logical.EndsWith('\\'))
            {
                logical = logical[..^1] + " ";
                continue;
            }
            var step = Step(logical.Trim());
            logical = "";
            if (step.Word == "FROM")
                stages.Add(step.Words is [var from, var and, var name] && and.Equals("AS", StringComparison.OrdinalIgnoreCase) ? new(from, name, []) : new(step.Words.Single(), null, []));
            else if (stages.Count == 0 && step.Word == "ARG")
                arguments[step.Rest.Split('=')[0]] = step.Rest.Split('=', 2)[1];
            else if (stages.Count > 0 && Known.Contains(step.Word))
                stages[^1].Steps.Add(step);
            else
                throw new NotSupportedException($"The Dockerfile says {step.Word} where that is not understood here.");
        }
        return (arguments, stages);
    }

    /// <summary>NAME=VALUE pairs of ENV.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(string rest) =>
        rest.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1]));

    /// <summary>$NAME and ${NAME} replaced by what they stand for.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> values) =>
        Variable().Replace(text, match => values.GetValueOrDefault(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value, ""));

    static DockerStep Step(string line)
    {
        var match = Instruction().Match(line);
        if (!match.Success)
            throw new NotSupportedException($"'{line}' is no instruction of a Dockerfile.");
        var flags = match.Groups["flag"].Captures.Select(flag => flag.Value.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new(match.Groups["word"].Value.ToUpperInvariant(), flags, match.Groups["rest"].Value.Trim());
    }

    [GeneratedRegex(@"\$(?:\{(\w+)\}|(\w+))")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?<word>[A-Za-z]+)(?:\s+--(?<flag>\S+=\S+))*\s+(?<rest>.*)$", RegexOptions.Singleline)]
    private static partial Regex Instruction();
}
