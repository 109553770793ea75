namespace Mhim.Workers.Commands;

/// <summary>Ctrl-C in a command that says itself what is left of its work.</summary>
/// <param name="left">A sentence's end, behind "interrupted".</param>
/// <param name="inner">What stopped it.</param>
sealed class Interruption(string left, OperationCanceledException inner) : OperationCanceledException(left, inner)
{
    /// <summary>What is said after Ctrl-C: that the work goes on only where it does.</summary>
    /// <param name="e">What stopped the command.</param>
    /// <param name="goesOn">Whether the command takes up what an interrupted one has finished (<see cref="ExampleCommand.GoesOn"/>).</param>
    public static string Sentence(OperationCanceledException e, bool goesOn) =>
        "interrupted" + (e is Interruption own ? own.Message : goesOn ? "; what was finished is kept, and the same command goes on from there." : ".");
}
