using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Workers.Commands;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Batch;

/// <summary>
/// Makes outputs of many slides. One bad slide never stops the rest; what is there is kept; several processes may work on one output folder, each takes the
/// slides that no other has. A slide in whose midst a process was stopped comes last: it may be what stopped it. While one slide is made the next is opened,
/// hashed and prepared, so that nothing waits between two slides.
/// </summary>
/// <param name="slides">The slides.</param>
/// <param name="outDir">The output folder.</param>
/// <param name="table">Resolutions of single slides; may be null.</param>
/// <param name="mpp">Resolution of all others, when somebody states it.</param>
/// <param name="prepare">The first part of a slide's work, done while the slide before it is made; null: there is none.</param>
sealed class SlideBatch(SlideList slides, string outDir, MppTable? table, double? mpp, Action<SlideSource, IProgress<StepProgress>>? prepare = null)
{
    /// <summary>Folder of the locks in the output folder.</summary>
    internal const string LockFolder = ".mhim-locks";

    const int LongestLockName = 160;

    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(500), SaveEvery = TimeSpan.FromSeconds(30);

    readonly Dictionary<string, SlideResult> results = [];
    readonly Dictionary<string, SlideSource> sources = []; // by file, once opened
    readonly HashSet<string> told = [];
    readonly Stopwatch saved = Stopwatch.StartNew();

    /// <summary>Makes the outputs of a slide, or reads them.</summary>
    public delegate SlideOutput Work(SlideSource source, IProgress<StepProgress> progress);

    /// <summary>Runs over the slides.</summary>
    /// <param name="work">Makes one slide's outputs; doing it again does no harm.</param>
    /// <param name="save">Writes the report; called now and then, and in the end.</param>
    /// <param name="cancel">Stops in the middle of a slide.</param>
    /// <returns>One result a slide, in their order.</returns>
    public IReadOnlyList<SlideResult> Run(Work work, Action<IReadOnlyList<SlideResult>> save, CancellationToken cancel)
    {
        if (slides.Note is { } note)
            Screen.Say(note);
        try
        {
            // First what is free, then what others had, until they have finished or are gone.
            for (var open = slides.Slides.ToList(); open.Count > 0;)
            {
                var (busy, suspects) = (new List<SlideEntry>(), new List<(SlideEntry Slide, SlideLock Lock)>());
                Turn? next = null;
                try
                {
                    foreach (var slide in open)
                        if (Take(slide, cancel) is not { } taken)
                            busy.Add(slide);
                        else if (taken.TookOver)
                            suspects.Add((slide, taken)); // held until its turn comes, after the others
                        else
                        {
                            var before = next;
                            next = new Turn(slide, taken, Prepare(slide, aside: before is not null));
                            if (before is not null)
                                Make(before, work, save);
                        }
                    if (next is { } last)
                    {
                        next = null;
                        Make(last, work, save);
                    }
                }
                finally
                {
                    // Only when something stopped the run: what was being prepared ends before its lock goes.
                    next?.Dispose();
                }
                foreach (var (slide, taken) in suspects)
                {
                    Screen.Say($"{slide.Id}: a process was stopped in its midst; it is made now");
                    Make(new Turn(slide, taken, Prepare(slide, aside: false)), work, save);
                }
                if (busy.Count == open.Count && cancel.WaitHandle.WaitOne(Wait))
                    cancel.ThrowIfCancellationRequested();
                open = busy;
            }
        }
        finally
        {
            Save(save);
            Tidy();
        }
        return Results();
    }

    IReadOnlyList<SlideResult> Results() =>
        [.. slides.Slides.Select(slide => results.GetValueOrDefault(slide.Path) ?? new SlideResult(slide, SlideState.Open))];

    void Save(Action<IReadOnlyList<SlideResult>> save)
    {
        save(Results());
        saved.Restart();
    }

    // Null: another process has it.
    SlideLock? Take(SlideEntry slide, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var taken = SlideLock.TryTake(Path.Combine(outDir, LockFolder, LockName(slide.Id)), out var owner);
        if (owner is not null && told.Add(slide.Id))
            Screen.Say($"{slide.Id}: process {owner.Pid} on {owner.Host} works on it; later");
        return taken;
    }

    // A file's name has 255 bytes, and while a lock is made its name is longer. An id is a path of names, so that it may have more.
    static string LockName(string id) =>
        (id.Replace('/', '~') is var name && Encoding.UTF8.GetByteCount(name) <= LongestLockName ? name : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))) + ".lock";

    /// <summary>A slide that is ours, and what is known of it once it is prepared.</summary>
    sealed record Turn(SlideEntry Slide, SlideLock Lock, Task<Prepared> Ready) : IDisposable
    {
        public void Dispose()
        {
            Task.WhenAny(Ready).Wait(); // however it ended
            Lock.Dispose();
        }
    }

    /// <param name="Source">The slide, hashed.</param>
    /// <param name="Made">Whether preparing it took any work: what is there already reports nothing.</param>
    sealed record Prepared(SlideSource Source, bool Made);

    // Aside: on another thread while a slide is made; otherwise when its turn comes, where its progress can be seen.
    Task<Prepared> Prepare(SlideEntry slide, bool aside)
    {
        var task = new Task<Prepared>(() =>
        {
            var source = StatedSlide.Open(slide, table, mpp);
            lock (sources)
                sources[slide.Path] = source;
            Sweep(slide.Id);
            var made = false;
            if (aside)
                prepare?.Invoke(source, new DirectProgress<StepProgress>(_ => made = true));
            return new Prepared(source, made);
        });
        if (aside)
            task.Start();
        else
            task.RunSynchronously();
        return task;
    }

    void Make(Turn turn, Work work, Action<IReadOnlyList<SlideResult>> save)
    {
        using (turn)
            Tell(results[turn.Slide.Path] = One(turn, work));
        if (saved.Elapsed > SaveEvery)
            Save(save);
    }

    // Leaves no empty folders behind.
    void Tidy()
    {
        foreach (var folder in (string[])[Path.Combine(outDir, LockFolder), outDir])
            try
            {
                if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                    Directory.Delete(folder);
            }
            catch (IOException)
            {
                // Another process has begun to use it.
            }
    }

    SlideResult One(Turn turn, Work work)
    {
        var (slide, one) = (turn.Slide, Stopwatch.StartNew());
        try
        {
            var (source, made) = turn.Ready.GetAwaiter().GetResult();
            var output = Screen.Run($"[{results.Count + 1}/{slides.Slides.Count}] {slide.Id}", progress =>
                work(source, new DirectProgress<StepProgress>(step =>
                {
                    made = true; // who reads what is there has nothing to report
                    progress.Report(step);
                })));
            return new SlideResult(slide, made ? SlideState.Done : SlideState.Kept) { Output = output, Resolution = source.Resolution, Seconds = one.Elapsed.TotalSeconds };
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException) && slides.Slides.Count > 1)
        {
            var (code, reason) = e is InputException input ? (input.Code, input.Message)
                : e is PathTooLongException ? ("name-too-long", $"{e.Message} Outputs are called after their slide: give it a shorter name.")
                : e is IOException or UnauthorizedAccessException ? ("file", e.Message)
                : ("unexpected", CommandLine.Unforeseen(e));
            lock (sources)
                return new SlideResult(slide, SlideState.Failed)
                    { Code = code, Reason = reason, Resolution = sources.GetValueOrDefault(slide.Path)?.Resolution, Seconds = one.Elapsed.TotalSeconds };
        }
    }

    // Under the lock nobody else writes this slide's files: temporary ones are leftovers of a process that was killed.
    void Sweep(string id)
    {
        foreach (var folder in (string[])[outDir, Path.Combine(outDir, "patches")])
        {
            var own = Path.Combine(folder, id);
            if (Path.GetDirectoryName(own) is not { } place || !Directory.Exists(place))
                continue;
            foreach (var suffix in (string[])["", "_patches", "_patches.tissue"])
                foreach (var file in Directory.EnumerateFiles(place, Path.GetFileName(own) + suffix + AtomicFile.TemporaryMark + "*"))
                    File.Delete(file);
        }
    }

    void Tell(SlideResult result)
    {
        if (slides.Slides.Count == 1)
            return;
        int done = results.Count, left = slides.Slides.Count - done;
        // What was kept or refused takes no time and says nothing about the rest.
        int worked = results.Values.Count(r => r.State == SlideState.Done);
        double each = worked == 0 ? 0 : results.Values.Where(r => r.State == SlideState.Done).Average(r => r.Seconds);
        string rest = left == 0 || worked == 0 ? "" : $"; {60 / Math.Max(each, 1e-3):0.#} slides a minute, about {Duration(TimeSpan.FromSeconds(each * left))} left";
        Screen.Say(result.State switch
        {
            SlideState.Failed => $"[{done}/{slides.Slides.Count}] {result.Slide.Id}: failed: {result.Reason}",
            SlideState.Kept => $"[{done}/{slides.Slides.Count}] {result.Slide.Id}: is there, {result.Output!.Tiles} tiles",
            _ => $"[{done}/{slides.Slides.Count}] {result.Slide.Id}: {result.Output!.Tiles} tiles in {result.Seconds:0.0} s{rest}",
        });
    }

    static string Duration(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.TotalMinutes:0} min" : $"{time.TotalSeconds:0} s";
}
