using System.Security.Cryptography;
using System.Text;

namespace Mhim.Data.Blobs.S3;

/// <summary>An object of the bucket.</summary>
/// <param name="Key">Its key, without the prefix of the settings.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">Another whenever its content is another.</param>
/// <param name="ChangedAt">When it was put, UTC.</param>
sealed record S3File(string Key, long Length, string ETag, DateTime ChangedAt)
{
    // Which state of the object a copy is must become true in the same moment as the copy itself, in one rename, or two who fetch at once could leave one's copy
    // with the other's note. So the note is in the file's own time: the second is when the object was put, the ten millionths behind it stand for its ETag.
    long Note => (long)(BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(ETag))) % TimeSpan.TicksPerSecond);

    /// <summary>Notes on a file that it is a copy of this.</summary>
    public void NoteOn(string path) => File.SetLastWriteTimeUtc(path, new DateTime(ChangedAt.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond + Note, DateTimeKind.Utc));

    /// <summary>Whether the file there is a copy of this.</summary>
    public bool IsCopiedTo(string path) => new FileInfo(path) is { Exists: true } file && file.Length == Length && file.LastWriteTimeUtc.Ticks % TimeSpan.TicksPerSecond == Note;
}
