namespace Mhim.Features;

/// <summary>
/// Something a user gave cannot be used: a slide, a table, a model, an option. The message names the thing and the way out in one or two
/// sentences. The command line prints it and exits with code 2; the service answers with ProblemDetails and <see cref="Code"/>.
/// </summary>
/// <param name="code">A stable kebab-case word for programs, such as <c>slide-unreadable</c> or <c>mpp-missing</c>.</param>
/// <param name="message">The sentence for people.</param>
/// <param name="inner">What lay beneath, if anything; for logs only.</param>
public class InputException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable kebab-case word for programs, such as <c>slide-unreadable</c>.</summary>
    public string Code { get; } = code;
}
