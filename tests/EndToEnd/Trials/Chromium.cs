namespace Mhim.EndToEnd.Tests;

/// <summary>The browser that pages are tried in.</summary>
static class Chromium
{
    /// <summary><c>MHIM_CHROMIUM</c>, otherwise Debian's.</summary>
    public static readonly string Path = Environment.GetEnvironmentVariable("MHIM_CHROMIUM") is { Length: > 0 } named ? named : "/usr/bin/chromium";
}
