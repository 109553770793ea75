using Mhim.Features;

namespace Mhim.Workers.Commands;

/// <summary>Work on several files, of which a bad one does not stop the rest.</summary>
static class OneByOne
{
    /// <summary>Does work for each file. A single one fails by itself.</summary>
    /// <param name="files">Their paths, or what else names them.</param>
    /// <param name="work">Told one of them.</param>
    /// <param name="what">What they are, for people.</param>
    /// <returns>0, 3 when some failed, 2 when all did; the reasons were said.</returns>
    public static int ForEach(IReadOnlyList<string> files, Action<string> work, string what = "slides")
    {
        if (files.Count == 1)
        {
            work(files[0]);
            return CommandLine.Ok;
        }
        var failed = 0;
        foreach (var file in files)
            try
            {
                work(file);
            }
            // A file that nobody thought of costs itself, not those behind it.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed++;
                Console.Error.WriteLine($"mhim: {(e is InputException ? e.Message : $"{file}: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}")}");
            }
        if (failed > 0)
            Console.Error.WriteLine($"mhim: {failed} of {files.Count} {what} failed; the reasons stand above.");
        return failed == 0 ? CommandLine.Ok : failed < files.Count ? CommandLine.SomeFailed : CommandLine.BadInput;
    }
}
