using System.Text;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Demo;

/// <summary>The demo's slides on disk: drawn by our own generator, with the truth beside them and a label table as a laboratory would bring it.</summary>
/// <param name="folder">The demo's folder.</param>
/// <param name="slides">How many slides.</param>
/// <param name="seed">Decides all of them.</param>
sealed class DemoCohort(string folder, int slides, int seed)
{
    // Raised when the generator draws other pixels, so that older slides are drawn anew.
    const int Version = 1;

    const string Truth = ".truth.png";

    /// <summary>The planned slides, by case.</summary>
    public IReadOnlyList<SyntheticSlide> Slides { get; } = SyntheticCohort.Plan(slides, seed);

    /// <summary>The label table: <c>case_id,slide_id,label</c>.</summary>
    public string LabelsPath => Path.Combine(folder, "labels.csv");

    /// <summary>A slide's file.</summary>
    public string SlidePath(string slideId) => Path.Combine(folder, "slides", slideId + ".tif");

    /// <summary>Where its tumour is, beside the slide.</summary>
    public string TruthPath(string slideId) => Path.Combine(folder, "slides", slideId + Truth);

    // What was drawn has its truth beside it.
    IEnumerable<string> Drawn() => !Directory.Exists(Path.Combine(folder, "slides")) ? []
        : Directory.GetFiles(Path.Combine(folder, "slides"), "*" + Truth).Select(path => Path.GetFileName(path)[..^Truth.Length]);

    /// <summary>Draws what is not there yet, several slides at once, and writes the label table. Slides of another plan (number, seed, version) go first.</summary>
    /// <returns>How many slides were drawn now.</returns>
    public int Draw(IProgress<StepProgress> progress, CancellationToken cancel)
    {
        var stamp = Path.Combine(folder, "slides", "plan.txt");
        var plan = $"version {Version}, {slides} slides, seed {seed}\n";
        if (!File.Exists(stamp) || File.ReadAllText(stamp) != plan)
        {
            // Before the stamp says whose slides lie here: slides of another plan have the same names.
            foreach (var id in Slides.Select(slide => slide.SlideId).Concat(Drawn()))
                foreach (var path in (string[])[SlidePath(id), TruthPath(id)])
                    if (File.Exists(path))
                        File.Delete(path);
            AtomicFile.WriteAllText(stamp, plan);
        }
        var missing = Slides.Where(s => !File.Exists(SlidePath(s.SlideId)) || !File.Exists(TruthPath(s.SlideId))).ToList();
        var table = new StringBuilder("case_id,slide_id,label\n");
        foreach (var slide in Slides)
            table.Append($"{slide.CaseId},{slide.SlideId},{slide.Label}\n");
        AtomicFile.WriteAllText(LabelsPath, table.ToString());

        int done = 0;
        Parallel.ForEach(missing, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel }, slide =>
        {
            slide.Write(SlidePath(slide.SlideId), TruthPath(slide.SlideId));
            progress.Report(new StepProgress((double)Interlocked.Increment(ref done) / missing.Count, "drawing slides"));
        });
        return missing.Count;
    }
}
