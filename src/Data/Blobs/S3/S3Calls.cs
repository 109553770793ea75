using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Mhim.Data.Blobs.S3;

/// <summary>How the bucket is called: every way in which it can fail becomes a <see cref="BlobsAwayException"/>, and who can wait waits for it.</summary>
/// <param name="options">Which bucket, and how long to wait.</param>
/// <param name="waiting">Told why, each time before it is tried again; null: nobody waits.</param>
sealed class S3Calls(S3Options options, Action<string>? waiting)
{
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    /// <summary>A client of the SDK.</summary>
    public static AmazonS3Client Client(S3Options options)
    {
        var config = new AmazonS3Config { ForcePathStyle = options.ForcePathStyle, MaxErrorRetry = 2, ConnectTimeout = TimeSpan.FromSeconds(5) };
        if (options.ServiceUrl is { } address)
        {
            (config.ServiceURL, config.AuthenticationRegion) = (address, options.Region ?? "us-east-1");
            // What AWS added to the protocol of late is not understood everywhere; bodies are signed all the same.
            (config.RequestChecksumCalculation, config.ResponseChecksumValidation) = (RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation.WHEN_REQUIRED);
        }
        else if (options.Region is { } region)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return options.AccessKey is { } key ? new AmazonS3Client(new BasicAWSCredentials(key, options.SecretKey), config) : new AmazonS3Client(config);
    }

    /// <summary>Asks, and again while the bucket is away, as long as the options say.</summary>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ;)
            try
            {
                return await OnceAsync(ask, cancel);
            }
            catch (BlobsAwayException e) when (e.Passing && waiting is not null && clock.Elapsed.TotalSeconds + Rest.TotalSeconds <= options.WaitSeconds)
            {
                waiting(e.Message);
                await Task.Delay(Rest, cancel);
            }
    }

    /// <summary>Asks once.</summary>
    public async Task<T> OnceAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        try
        {
            return await ask(cancel);
        }
        catch (AmazonServiceException e) when (e.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError
            and not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests))
        {
            throw new BlobsAwayException(
                $"The S3 bucket '{options.Bucket}' refuses this service ({e.ErrorCode}: {Line(e)}); look at its name, its policy and the settings {S3Options.Section}.", passing: false, e);
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or HttpIOException or TimeoutException or SocketException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested) || (e.GetType() == typeof(IOException) && e.InnerException is SocketException))
        {
            throw new BlobsAwayException($"The S3 bucket '{options.Bucket}' does not answer ({(e is OperationCanceledException ? "it took too long" : Line(e))}).", passing: true, e);
        }
    }

    // The innermost says what it was: "Connection refused", and not "an error occurred while sending the request".
    static string Line(Exception e) => (e is AmazonServiceException { ErrorCode.Length: > 0 } ? e : e.GetBaseException()).Message.Split('\n', 2)[0].Trim().TrimEnd('.');
}
