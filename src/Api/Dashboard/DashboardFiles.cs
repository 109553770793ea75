using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Mhim.Api.Dashboard;

/// <summary>What the build of the dashboard left in this assembly.</summary>
sealed class DashboardFiles
{
    const string Prefix = "Dashboard/";

    readonly ConcurrentDictionary<string, DashboardFile?> read = new();

    /// <summary>A file by its path below the dashboard; in the first of the wanted encodings that it is there in, otherwise as it is. Null: there is none.</summary>
    public DashboardFile? Find(string name, IEnumerable<string> encodings)
    {
        foreach (var encoding in encodings)
            if (Read($"{name}.{(encoding == "gzip" ? "gz" : encoding)}", encoding) is { } compressed)
                return compressed;
        return Read(name, null);
    }

    // Only what is there is kept, so that what people ask for does not fill the memory.
    DashboardFile? Read(string name, string? encoding)
    {
        if (read.TryGetValue(name, out var known))
            return known;
        using var stream = typeof(DashboardFiles).Assembly.GetManifestResourceStream(Prefix + name);
        if (stream is null)
            return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return read[name] = new DashboardFile(bytes, encoding, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\""));
    }
}

/// <summary>A file of the dashboard.</summary>
/// <param name="Bytes">As they are sent.</param>
/// <param name="Encoding">br, gzip or null.</param>
/// <param name="Tag">Over the bytes.</param>
sealed record DashboardFile(byte[] Bytes, string? Encoding, EntityTagHeaderValue Tag);
