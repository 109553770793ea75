using System.Text.Json;
using Mhim.Data.Entities;

namespace Mhim.Workers.Jobs;

/// <summary>What a child process says to its parent: one JSON object a line on standard output, marked so that other text does no harm.</summary>
static class JobProtocol
{
    const string Mark = "@job ";

    sealed record Message(double? Progress = null, string? Step = null, JobState? State = null, string? Code = null, string? Reason = null);

    public static string Line(JobProgress progress) => Mark + JsonSerializer.Serialize(new Message(progress.Share, progress.Step));

    public static string Line(JobOutcome outcome) =>
        Mark + JsonSerializer.Serialize(new Message(State: outcome.State, Code: outcome.Code, Reason: outcome.Reason));

    /// <returns>A <see cref="JobProgress"/>, a <see cref="JobOutcome"/>, other text as a string, or null for nothing.</returns>
    public static object? Read(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return null;
        if (!line.StartsWith(Mark, StringComparison.Ordinal))
            return line;
        var message = JsonSerializer.Deserialize<Message>(line.AsSpan(Mark.Length))!;
        return message.State is { } state
            ? new JobOutcome(state, message.Code, message.Reason)
            : new JobProgress(message.Progress ?? 0, message.Step);
    }
}
