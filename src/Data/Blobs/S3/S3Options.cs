using System.Globalization;
using Mhim.Data.Settings;
using Microsoft.Extensions.Configuration;

namespace Mhim.Data.Blobs.S3;

/// <summary>A bucket of S3, or of a store that speaks its protocol, behind the folder of the blobs.</summary>
/// <param name="Bucket">Its name; it must be there.</param>
public sealed record S3Options(string Bucket)
{
    /// <summary>Section of the settings.</summary>
    public const string Section = "Mhim:S3";

    static readonly string[] Names =
        [nameof(Bucket), nameof(ServiceUrl), nameof(Region), nameof(Prefix), nameof(ForcePathStyle), nameof(CacheBytes), nameof(WaitSeconds), nameof(AccessKey), nameof(SecretKey)];

    /// <summary>Address of a store that is not AWS, such as <c>https://minio.example.org:9000</c>; null: AWS.</summary>
    public string? ServiceUrl { get; init; }

    /// <summary>Region, such as <c>eu-central-1</c>; null: as the environment of AWS says.</summary>
    public string? Region { get; init; }

    /// <summary>What the key of every object begins with, without a slash at its end; empty: nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Name the bucket in the path of addresses, not in the name of the host. By default so where <see cref="ServiceUrl"/> is given.</summary>
    public bool ForcePathStyle { get; init; }

    /// <summary>Bytes that the copies on this machine may take; above 0. By default 100 GB.</summary>
    public long CacheBytes { get; init; } = 100L << 30;

    /// <summary>How long a job waits for a bucket that does not answer before it fails, seconds from 0 to 86400.</summary>
    public double WaitSeconds { get; init; } = 600;

    /// <summary>Key id; null: by the default chain of the AWS SDK (environment, profile, role of the machine).</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Reads <c>Mhim:S3:*</c>; null when no bucket is set.</summary>
    /// <exception cref="SettingException">A setting cannot be used.</exception>
    public static S3Options? From(IConfiguration configuration)
    {
        var given = configuration.GetSection(Section).GetChildren().Where(setting => !string.IsNullOrWhiteSpace(setting.Value))
            .ToDictionary(setting => setting.Key, setting => setting.Value!, StringComparer.OrdinalIgnoreCase);
        bool Known(string name) => Names.Contains(name, StringComparer.OrdinalIgnoreCase) || name.EndsWith("_FILE", StringComparison.OrdinalIgnoreCase); // see SecretFiles
        if (given.Keys.FirstOrDefault(name => !Known(name)) is { } unknown)
            throw Wrong(unknown, $"is no setting; those of {Section} are {string.Join(", ", Names)}");
        string? Of(string name) => given.GetValueOrDefault(name);
        if (Of(nameof(Bucket)) is not { } bucket)
            return given.Count == 0 ? null : throw Wrong(nameof(Bucket), $"is wanted where {Section}:{given.Keys.First()} is set");
        if (bucket.Length is < 3 or > 63 || !bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'))
            throw Wrong(nameof(Bucket), $"is 3 to 63 small letters, digits, '-' and '.', not '{bucket}'");
        var address = Of(nameof(ServiceUrl));
        if (address is not null && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            throw Wrong(nameof(ServiceUrl), $"is an address that begins with https:// or http://, not '{address}'");
        if (address is null && Of(nameof(Region)) is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AWS_REGION")))
            throw Wrong(nameof(Region), "is wanted, such as eu-central-1; for another store than AWS, set Mhim:S3:ServiceUrl");
        var prefix = Of(nameof(Prefix))?.Trim('/') ?? "";
        if (prefix.Length > 0 && !BlobStore.IsKey(prefix))
            throw Wrong(nameof(Prefix), $"is words of letters, digits, '-', '_' and '.', joined by '/', not '{prefix}'");
        var pathStyle = address is not null;
        if (Of(nameof(ForcePathStyle)) is { } style && !bool.TryParse(style, out pathStyle))
            throw Wrong(nameof(ForcePathStyle), $"is true or false, not '{style}'");
        var options = new S3Options(bucket)
        {
            ServiceUrl = address, Region = Of(nameof(Region)), Prefix = prefix, ForcePathStyle = pathStyle, AccessKey = Of(nameof(AccessKey)), SecretKey = Of(nameof(SecretKey)),
        };
        if (Of(nameof(CacheBytes)) is { } size)
            options = options with
            {
                CacheBytes = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
                    ? bytes : throw Wrong(nameof(CacheBytes), $"is a whole number of bytes above 0, not '{size}'"),
            };
        if (Of(nameof(WaitSeconds)) is { } wait)
            options = options with
            {
                WaitSeconds = double.TryParse(wait, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
                    ? seconds : throw Wrong(nameof(WaitSeconds), $"is seconds from 0 to 86400, not '{wait}'"),
            };
        if (options.AccessKey is null != options.SecretKey is null)
            throw Wrong(options.AccessKey is null ? nameof(AccessKey) : nameof(SecretKey), "is wanted, because the other half of the key is given");
        return options;
    }

    /// <summary>The settings as environment variables, for a child process; null: the variable must not be there.</summary>
    /// <param name="options">The settings; null: no bucket.</param>
    public static IEnumerable<(string Name, string? Value)> Variables(S3Options? options) => Names.Select(name => ($"{Section}:{name}".Replace(":", "__", StringComparison.Ordinal),
    name switch
    {
        nameof(Bucket) => options?.Bucket,
        nameof(ServiceUrl) => options?.ServiceUrl,
        nameof(Region) => options?.Region,
        nameof(Prefix) => options?.Prefix,
        nameof(ForcePathStyle) => options?.ForcePathStyle.ToString(),
        nameof(CacheBytes) => options?.CacheBytes.ToString(CultureInfo.InvariantCulture),
        nameof(WaitSeconds) => options?.WaitSeconds.ToString(CultureInfo.InvariantCulture),
        nameof(AccessKey) => options?.AccessKey,
        _ => options?.SecretKey,
    }));

    static SettingException Wrong(string name, string what) => new($"The setting '{Section}:{name}' {what}.");
}
