using System.Security.Cryptography;
using System.Text;
using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>The hash by which a slide is known: of its content, whatever it is called and wherever it lies.</summary>
public static class SlideHash
{
    /// <summary>Of a slide on disk, with all files that belong to it.</summary>
    /// <param name="path">The file that slide readers open.</param>
    public static string Of(string path) => Of(SlideParts.Of(path).ToDictionary(part => part.Name, part =>
    {
        using var content = File.OpenRead(part.Path);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }));

    /// <summary>Of a slide whose files are hashed already.</summary>
    /// <param name="parts">Names within the slide (<see cref="SlideParts"/>) and SHA-256 of each; of one file alone its own.</param>
    public static string Of(IReadOnlyDictionary<string, string> parts) => parts.Count == 1 ? parts.Values.Single()
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key} {part.Value}\n")))));
}
