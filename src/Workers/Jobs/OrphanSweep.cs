using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Jobs;

/// <summary>
/// Removes files that no row knows: a file is renamed into place before its row is written, and a row goes before its files, so whoever is killed in between leaves
/// some. Those are few. Where most of what lies there is unknown, the database is a wrong one, or a new one, or not restored yet, and nothing is removed.
/// </summary>
sealed class OrphanSweep(IDbContextFactory<MhimContext> contexts, BlobStore blobs, ILogger<OrphanSweep> log)
{
    /// <summary>So many may be left over whatever else is there; more must be fewer than what is known.</summary>
    public const int FewEnough = 10;

    /// <summary>Removes what no row knows and is older than an age.</summary>
    /// <returns>How many folders were removed.</returns>
    public async Task<int> RunAsync(TimeSpan age, CancellationToken cancel)
    {
        try
        {
            var before = DateTime.UtcNow - age;
            // The files first: what comes in meanwhile has its row by the time that rows are read, or is too young.
            var found = await FindAsync(cancel);
            var known = await KnownAsync(cancel);
            var (kept, orphans) = (0, new List<string>());
            foreach (var (kind, name) in found)
                if (Guid.TryParse(name, out var id) && known.Contains((kind, id)))
                    kept++;
                else if (await blobs.ChangedAtAsync($"{kind}/{name}", cancel) <= before)
                    orphans.Add($"{kind}/{name}");
            if (orphans.Count > 0 && (known.Count == 0 || (orphans.Count > FewEnough && orphans.Count > kept)))
            {
                log.LogWarning("The database knows {Kept} of the folders among the files and does not know {Orphans}, such as {Example}: it is more likely not the database that they belong to. "
                    + "Nothing was removed. Start with the right database, or take these folders away by hand", kept, orphans.Count, orphans[0]);
                return 0;
            }
            foreach (var orphan in orphans)
                await blobs.DeleteAsync(orphan, cancel);
            return orphans.Count;
        }
        catch (BlobsAwayException e)
        {
            // It is done at another time; what needs no files goes on meanwhile, and readiness says which part is away.
            log.LogWarning("Files that belong to nothing could not be looked for: {Reason}", e.Message);
            return 0;
        }
    }

    static readonly string[] Kinds = ["slides", "models", "uploads", "cohorts", "runs", "predictions"];

    async Task<List<(string Kind, string Name)>> FindAsync(CancellationToken cancel)
    {
        var found = new List<(string, string)>();
        foreach (var kind in Kinds)
            found.AddRange((await blobs.ListAsync(kind, cancel)).Select(name => (kind, name)));
        return found;
    }

    async Task<HashSet<(string Kind, Guid Id)>> KnownAsync(CancellationToken cancel)
    {
        await using var context = await contexts.CreateDbContextAsync(cancel);
        IQueryable<Guid>[] ids =
        [
            // The content of an upload may lie as the slide that it has no row for yet.
            context.Slides.Select(s => s.Id).Concat(context.Uploads.Where(u => u.State == UploadState.Receiving).Select(u => u.Id)), context.Models.Select(m => m.Id), context.Uploads.Select(u => u.Id),
            context.Cohorts.Select(c => c.Id), context.Runs.Select(r => r.Id), context.Predictions.Select(p => p.Id),
        ];
        var known = new HashSet<(string, Guid)>();
        foreach (var (kind, rows) in Kinds.Zip(ids))
            known.UnionWith((await rows.ToListAsync(cancel)).Select(id => (kind, id)));
        return known;
    }
}
