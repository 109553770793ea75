using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mhim.Features;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>An encoder of the folder.</summary>
/// <param name="Id">Its name: that of its folder.</param>
/// <param name="Card">Its card; null when it cannot be used.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record InstalledEncoder(string Id, EncoderCard? Card, string? Problem);

/// <summary>The folder of encoders: <c>ID/card.json</c> with the model beside it.</summary>
public static class EncoderFolder
{
    internal const string CardName = "card.json";

    static readonly ConcurrentDictionary<string, (string Stamp, string Sha256)> Hashes = [];

    /// <summary>Every encoder of the folder, by id; those that cannot be used with the reason.</summary>
    public static IReadOnlyList<InstalledEncoder> List(EncoderOptions options)
    {
        if (!Directory.Exists(options.Folder))
            return [];
        var found = new List<InstalledEncoder>();
        foreach (var folder in Directory.EnumerateDirectories(options.Folder).Order(StringComparer.Ordinal))
        {
            var id = Path.GetFileName(folder);
            if (id.StartsWith('.') || !File.Exists(Path.Combine(folder, CardName)))
                continue;
            try
            {
                found.Add(new InstalledEncoder(id, Card(id, options), null));
            }
            catch (InputException e)
            {
                found.Add(new InstalledEncoder(id, null, e.Message));
            }
        }
        return found;
    }

    /// <summary>Where the model of an installed encoder lies.</summary>
    internal static string ModelPath(EncoderCard card, EncoderOptions options) => Path.Combine(options.Folder, card.Id, card.File);

    /// <summary>Whether there is an encoder of this name.</summary>
    internal static bool Has(string id, EncoderOptions options) =>
        id == Path.GetFileName(id) && id is not ("" or "." or "..") && File.Exists(Path.Combine(options.Folder, id, CardName));

    /// <summary>The card of an installed encoder; its files are there, their hash is not looked at.</summary>
    /// <exception cref="InputException"><c>encoder-card</c>, <c>encoder-file</c>.</exception>
    internal static EncoderCard Card(string id, EncoderOptions options)
    {
        var path = Path.Combine(options.Folder, id, CardName);
        var card = EncoderCard.Read(path);
        if (card.Id != id)
            throw new InputException("encoder-card", $"'{path}' is the card of `{card.Id}`, but its folder is named '{id}'; add it with mhim encoder add.");
        if (card.Sha256 is null)
            throw new InputException("encoder-card", $"'{path}' does not say the model's \"sha256\"; add it with mhim encoder add, which writes it.");
        RequireFiles(card, path);
        return card;
    }

    /// <summary>The same, and the model's hash is that of the card.</summary>
    /// <exception cref="InputException"><c>encoder-card</c>, <c>encoder-file</c>, <c>encoder-hash</c>.</exception>
    internal static EncoderCard VerifiedCard(string id, EncoderOptions options)
    {
        var card = Card(id, options);
        RequireHash(card, Path.Combine(options.Folder, id));
        return card;
    }

    internal static void RequireFiles(EncoderCard card, string cardPath)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(cardPath))!;
        foreach (var name in FilesOf(card))
            if (!Target(Path.Combine(folder, name)).Exists)
                throw new InputException("encoder-file", $"The card '{cardPath}' names '{name}', which does not lie beside it; put it there, or correct the card.");
    }

    internal static void RequireHash(EncoderCard card, string folder)
    {
        if (card.Sha256 is not null && HashOf(card, folder) is var hash && hash != card.Sha256)
            throw new InputException("encoder-hash",
                $"The model of encoder `{card.Id}` ('{Path.Combine(folder, card.File)}') has SHA-256 {hash[..12]}…, its card says {card.Sha256[..12]}…: it is damaged or another model; export it again, or add it under another id.");
    }

    internal static IEnumerable<string> FilesOf(EncoderCard card) => card.Data is null ? [card.File] : [card.File, card.Data];

    // Through links: a link itself is always there, of one size and time.
    static FileInfo Target(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target : new FileInfo(path);

    /// <summary>SHA-256 of the model and its external weights. Read once per process as long as size and time stay.</summary>
    internal static string HashOf(EncoderCard card, string folder)
    {
        var files = FilesOf(card).Select(name => Target(Path.Combine(folder, name))).ToList();
        var stamp = string.Join("|", files.Select(file => $"{file.FullName}:{file.Length}:{file.LastWriteTimeUtc.Ticks}"));
        if (Hashes.TryGetValue(files[0].FullName, out var known) && known.Stamp == stamp)
            return known.Sha256;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in files)
        {
            using var content = file.OpenRead();
            for (int read; (read = content.Read(buffer)) > 0;)
                sha.AppendData(buffer, 0, read);
        }
        var hash = Convert.ToHexStringLower(sha.GetHashAndReset());
        Hashes[files[0].FullName] = (stamp, hash);
        return hash;
    }
}
