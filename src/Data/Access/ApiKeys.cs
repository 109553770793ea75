using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Data.Access;

/// <summary>Makes, finds and revokes keys. A key is <c>mhim_</c> and 256 random bits in base64url.</summary>
public static class ApiKeys
{
    /// <summary>What every key begins with, so that it is recognised in logs and repositories.</summary>
    public const string Prefix = "mhim_";

    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // When this process last noted that a key was used.
    static readonly ConcurrentDictionary<Guid, DateTime> s_noted = new();

    /// <summary>Makes a key and its row; the caller adds the row. The key is not to be had again afterwards.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="role">What its holder may do.</param>
    /// <param name="expiresAt">UTC; null: never by itself.</param>
    public static (string Secret, ApiKey Row) Make(string name, Role role, DateTime? expiresAt)
    {
        var secret = Prefix + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (secret, new ApiKey { Name = name, Role = role, ExpiresAt = expiresAt, Hash = HashOf(secret), Start = secret[..(Prefix.Length + 4)] });
    }

    /// <summary>The row of a key that works now; null for any other. Found by its hash, so that the time taken tells nothing of the key.</summary>
    public static async Task<ApiKey?> FindAsync(MhimContext context, string secret, CancellationToken cancel)
    {
        if (secret.Length > 200 || !secret.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var (hash, now) = (HashOf(secret), DateTime.UtcNow);
        if (await context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Hash == hash, cancel) is not { } key || !key.WorksAt(now))
            return null;
        if ((key.LastUsedAt is not { } last || now - last > Minute) && IsFirst(key.Id, now))
            await context.ApiKeys.Where(k => k.Id == key.Id).ExecuteUpdateAsync(set => set.SetProperty(k => k.LastUsedAt, now), cancel);
        return key;
    }

    // Of many requests at once, one writes; the others would wait behind it for the disk.
    static bool IsFirst(Guid key, DateTime now)
    {
        var before = s_noted.GetOrAdd(key, DateTime.MinValue);
        return now - before > Minute && s_noted.TryUpdate(key, now, before);
    }

    /// <summary>Revokes a key; from the next request on it is worth nothing.</summary>
    /// <returns>False when there is none; a key that was revoked before stays so.</returns>
    public static async Task<bool> RevokeAsync(MhimContext context, Guid id, CancellationToken cancel)
    {
        var now = DateTime.UtcNow;
        await context.ApiKeys.Where(k => k.Id == id && k.RevokedAt == null).ExecuteUpdateAsync(set => set.SetProperty(k => k.RevokedAt, now), cancel);
        return await context.ApiKeys.AnyAsync(k => k.Id == id, cancel);
    }

    static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
