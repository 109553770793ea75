using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Mhim.Data.Blobs.S3;

/// <summary>The bucket: objects by our keys, and one kind of error.</summary>
sealed class S3Bucket : IDisposable
{
    // Longer than the health check of the service would be for nothing.
    static readonly TimeSpan CheckTime = TimeSpan.FromSeconds(4), ReadTime = TimeSpan.FromSeconds(60);

    readonly AmazonS3Client client;
    readonly S3Put put;
    readonly S3Calls calls;
    readonly S3Options options;
    readonly string prefix;

    /// <summary>Opens it; nothing is asked yet.</summary>
    /// <param name="options">Which bucket.</param>
    /// <param name="waiting">See <see cref="S3Calls"/>.</param>
    public S3Bucket(S3Options options, Action<string>? waiting)
    {
        (this.options, client, calls) = (options, S3Calls.Client(options), new S3Calls(options, waiting));
        (put, prefix) = (new S3Put(client, options.Bucket), options.Prefix.Length == 0 ? "" : options.Prefix + "/");
    }

    public void Dispose() => client.Dispose();

    /// <summary>Asks at once, whatever the others wait for.</summary>
    public Task CheckAsync(CancellationToken cancel) => calls.OnceAsync(async stop =>
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(CheckTime);
        return await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix, MaxKeys = 1 }, late.Token);
    }, cancel);

    /// <summary>What is there; null for nothing.</summary>
    public Task<S3File?> HeadAsync(string key, CancellationToken cancel) => calls.AskAsync(async stop =>
    {
        try
        {
            var head = await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = options.Bucket, Key = prefix + key }, stop);
            return new S3File(key, head.ContentLength, head.ETag, head.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    }, cancel);

    /// <summary>Brings an object into a file, at constant memory.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="path">Written from its start.</param>
    /// <param name="cancel">Leaves what has come.</param>
    /// <returns>What came; null for nothing.</returns>
    public Task<S3File?> GetAsync(string key, string path, CancellationToken cancel) => calls.AskAsync(async stop =>
    {
        try
        {
            using var got = await client.GetObjectAsync(new GetObjectRequest { BucketName = options.Bucket, Key = prefix + key }, stop);
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
            using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var buffer = new byte[1 << 17];
            for (int read; ;)
            {
                late.CancelAfter(ReadTime); // a connection that is silent for so long is none
                if ((read = await got.ResponseStream.ReadAsync(buffer, late.Token)) == 0)
                    break;
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
            }
            return file.Length == got.ContentLength ? new S3File(key, file.Length, got.ETag, got.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch)
                : throw new HttpIOException(HttpRequestError.ResponseEnded, $"{file.Length} of {got.ContentLength} bytes came");
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    }, cancel);

    /// <summary>Puts a file, from 16 MB on in parts, at constant memory; the object appears whole.</summary>
    public Task<S3File> PutAsync(string path, string key, CancellationToken cancel) => calls.AskAsync(async stop =>
    {
        var (length, etag) = await put.RunAsync(path, prefix + key, stop);
        return new S3File(key, length, etag, DateTime.UtcNow);
    }, cancel);

    /// <summary>All objects whose keys begin so, in order.</summary>
    public async IAsyncEnumerable<S3File> ListAsync(string begin, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? token = null;
        do
        {
            var page = await PageAsync(begin, null, token, cancel);
            foreach (var found in page.S3Objects ?? [])
                yield return new S3File(found.Key[prefix.Length..], found.Size ?? 0, found.ETag, found.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch);
            token = page.NextContinuationToken;
        } while (token is not null);
    }

    /// <summary>The names directly under a key.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string key, CancellationToken cancel)
    {
        var (names, begin) = (new List<string>(), key + "/");
        string? token = null;
        do
        {
            var page = await PageAsync(begin, "/", token, cancel);
            var all = (page.S3Objects ?? []).Select(found => found.Key).Concat(page.CommonPrefixes ?? []);
            names.AddRange(all.Select(found => found[(prefix.Length + begin.Length)..].TrimEnd('/')));
            token = page.NextContinuationToken;
        } while (token is not null);
        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Removes objects; those that are not there do no harm.</summary>
    public async Task DeleteAsync(IEnumerable<string> keys, CancellationToken cancel)
    {
        foreach (var some in keys.Chunk(1000)) // as many as one request may name
            await calls.AskAsync(stop => client.DeleteObjectsAsync(new DeleteObjectsRequest
            {
                BucketName = options.Bucket, Quiet = true, Objects = [.. some.Select(key => new KeyVersion { Key = prefix + key })],
            }, stop), cancel);
    }

    Task<ListObjectsV2Response> PageAsync(string begin, string? delimiter, string? token, CancellationToken cancel) => calls.AskAsync(stop =>
        client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix + begin, Delimiter = delimiter, ContinuationToken = token }, stop), cancel);
}
