using System.Security.Cryptography;
using System.Text;
using Mhim.Data;
using Mhim.Data.Blobs;
using Mhim.Data.Entities;
using Mhim.Features;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Workers.Models;

/// <summary>Takes model folders in: known by the hash of their files, checked by loading, kept among the blobs.</summary>
/// <param name="contexts">Makes contexts.</param>
/// <param name="blobs">Where the files go.</param>
public sealed class ModelRegistry(IDbContextFactory<MhimContext> contexts, BlobStore blobs)
{
    /// <summary>The files of a model, in the order in which they are hashed.</summary>
    public static readonly IReadOnlyList<string> FileNames = ["card.json", "config.json", "model.safetensors"];

    /// <summary>Takes the three files of a model.</summary>
    /// <param name="files">By their names in <see cref="FileNames"/>; accepted files are moved.</param>
    /// <param name="name">What people shall call it; null: as the card says.</param>
    /// <param name="cancel">Leaves nothing behind.</param>
    /// <returns>The model, and whether it is new: the same files again are the same model.</returns>
    /// <exception cref="InputException"><c>model-missing</c>: a file is not there; <c>model-unreadable</c>: it does not load.</exception>
    public async Task<(Model Model, bool Created)> ImportAsync(IReadOnlyDictionary<string, IncomingBlob> files, string? name, CancellationToken cancel)
    {
        if (FileNames.FirstOrDefault(file => !files.ContainsKey(file)) is { } missing)
            throw new InputException("model-missing", $"A model is {string.Join(", ", FileNames)}; {missing} is not among the files.");
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(' ', FileNames.Select(file => files[file].Sha256)))));
        await using var context = await contexts.CreateDbContextAsync(cancel);
        if (await context.Models.SingleOrDefaultAsync(m => m.Sha256 == sha256, cancel) is { } known)
            return (known, false);

        var id = Guid.CreateVersion7();
        var key = BlobKeys.Model(id);
        try
        {
            foreach (var file in FileNames)
                await blobs.AcceptAsync(files[file], $"{key}/{file}", cancel);
            var summary = await LoadAsync(key, cancel);
            var model = new Model
            {
                Id = id, Sha256 = sha256, BlobKey = key, EncoderId = summary.EncoderId, Dim = summary.Dim, Mpp = summary.Mpp, TileSize = summary.TileSize,
                Classes = [.. summary.Classes], Name = await FreeNameAsync(context, string.IsNullOrWhiteSpace(name) ? summary.Name : name.Trim(), sha256, cancel),
            };
            context.Models.Add(model);
            await context.SaveChangesAsync(cancel);
            return (model, true);
        }
        catch (Exception e)
        {
            // Cut off in between, the row may have been kept all the same; if not, the folder is swept in time.
            if (!DatabaseAway.Is(e) && e is not OperationCanceledException)
                await blobs.DiscardAsync(key);
            context.ChangeTracker.Clear();
            if (e is DbUpdateException && await context.Models.SingleOrDefaultAsync(m => m.Sha256 == sha256, cancel) is { } faster)
                return (faster, false);
            throw;
        }
    }

    /// <summary>Takes a model folder from disk, as a copy.</summary>
    /// <exception cref="InputException">As for the files.</exception>
    public async Task<(Model Model, bool Created)> ImportFolderAsync(string folder, string? name, CancellationToken cancel)
    {
        var files = new Dictionary<string, IncomingBlob>();
        try
        {
            foreach (var file in FileNames.Where(file => File.Exists(Path.Combine(folder, file))))
            {
                await using var content = File.OpenRead(Path.Combine(folder, file));
                files[file] = await blobs.ReceiveAsync(content, Path.GetExtension(file), cancel);
            }
            return await ImportAsync(files, name, cancel);
        }
        finally
        {
            foreach (var file in files.Values)
                file.Dispose();
        }
    }

    async Task<ModelSummary> LoadAsync(string key, CancellationToken cancel)
    {
        var folder = await blobs.FetchFolderAsync(key, cancel);
        try
        {
            return await ModelSummary.LoadApartAsync(folder, cancel);
        }
        catch (InputException e)
        {
            // Where it lies here says nothing to whoever sent it.
            throw new InputException(e.Code, e.Message.Replace(folder + "/", "").Replace(folder, "the model"), e);
        }
    }

    static async Task<string> FreeNameAsync(MhimContext context, string wanted, string sha256, CancellationToken cancel)
    {
        var name = wanted.Length > 150 ? wanted[..150] : wanted;
        return await context.Models.AnyAsync(m => m.Name == name, cancel) ? $"{name} ({sha256[..8]})" : name;
    }
}
