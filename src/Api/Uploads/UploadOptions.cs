using System.Globalization;
using Mhim.Features;

namespace Mhim.Api.Uploads;

/// <summary>Bounds of uploads.</summary>
/// <param name="Largest">Bytes of a file, and of a zip when unpacked.</param>
/// <param name="Keep">How long an upload that does not go on is kept.</param>
sealed record UploadOptions(long Largest, TimeSpan Keep)
{
    /// <summary>Free disk that an upload must leave, bytes.</summary>
    public const long Reserve = 1L << 30;

    /// <summary>Reads <c>Mhim:Uploads:LargestGB</c> (default 200) and <c>Mhim:Uploads:KeepHours</c> (default 48).</summary>
    /// <exception cref="InputException"><c>setting-unreadable</c>.</exception>
    public static UploadOptions From(IConfiguration configuration) => new(
        (long)(Read(configuration, "Mhim:Uploads:LargestGB", 200) * 1e9), TimeSpan.FromHours(Read(configuration, "Mhim:Uploads:KeepHours", 48)));

    static double Read(IConfiguration configuration, string key, double usual) => configuration[key] switch
    {
        null or "" => usual,
        var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1e6 => value,
        var text => throw new InputException("setting-unreadable", $"The setting '{key}' is a positive number, not '{text}'."),
    };
}
