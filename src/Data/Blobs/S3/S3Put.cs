using System.Buffers;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Win32.SafeHandles;

namespace Mhim.Data.Blobs.S3;

/// <summary>
/// Puts a file: a small one at once, a large one in parts, a few side by side. All is read from the file as it was opened, so that one which takes its place meanwhile
/// does not mix in, and in plain requests (not in signed chunks), which every store understands.
/// </summary>
/// <param name="client">The SDK's.</param>
/// <param name="bucket">The bucket.</param>
sealed class S3Put(AmazonS3Client client, string bucket)
{
    const int SideBySide = 4, Smallest = 8 << 20;

    /// <summary>Parts that an object may have at most; the protocol allows 10,000.</summary>
    const int MostParts = 9000;

    /// <summary>Puts it; the object appears whole, and nothing is left of one that fails.</summary>
    /// <returns>Its length and its ETag.</returns>
    public async Task<(long Length, string ETag)> RunAsync(string path, string key, CancellationToken cancel)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        var length = RandomAccess.GetLength(file);
        return (length, length <= 2 * Smallest ? await AtOnceAsync(file, (int)length, key, cancel) : await InPartsAsync(file, length, key, cancel));
    }

    Task<string> AtOnceAsync(SafeFileHandle file, int length, string key, CancellationToken cancel) => ReadAsync(file, 0, length, async content => (await client.PutObjectAsync(
        new PutObjectRequest { BucketName = bucket, Key = key, InputStream = content, AutoCloseStream = false, UseChunkEncoding = false }, cancel)).ETag, cancel);

    async Task<string> InPartsAsync(SafeFileHandle file, long length, string key, CancellationToken cancel)
    {
        var size = (int)Math.Max(Smallest, (length + MostParts - 1) / MostParts);
        var upload = (await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = key }, cancel)).UploadId;
        try
        {
            var parts = new PartETag[(length + size - 1) / size];
            await Parallel.ForAsync(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancel }, async (part, stop) =>
            {
                var (at, number) = ((long)part * size, part + 1);
                parts[part] = await ReadAsync(file, at, (int)Math.Min(size, length - at), async content => new PartETag(number, (await client.UploadPartAsync(
                    new UploadPartRequest { BucketName = bucket, Key = key, UploadId = upload, PartNumber = number, InputStream = content, PartSize = content.Length, UseChunkEncoding = false }, stop)).ETag), stop);
            });
            return (await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = [.. parts] }, cancel)).ETag;
        }
        catch
        {
            // Only tried: the bucket may be away. What is left then is removed by a rule of the bucket's own, as the documentation says.
            await Task.WhenAny(client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload }, CancellationToken.None));
            throw;
        }
    }

    static async Task<T> ReadAsync<T>(SafeFileHandle file, long at, int length, Func<MemoryStream, Task<T>> send, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            for (var (read, more) = (0, 1); read < length && more > 0; read += more)
                more = await RandomAccess.ReadAsync(file, buffer.AsMemory(read, length - read), at + read, cancel);
            using var content = new MemoryStream(buffer, 0, length, writable: false);
            return await send(content);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
