using Microsoft.Extensions.Configuration;

namespace Mhim.Data.Settings;

/// <summary>
/// Settings out of files, so that no secret stands in an environment: the setting <c>NAME</c> may be given as the path of a file in <c>NAME_FILE</c>, or lie
/// as a file called <c>NAME</c> in the folder that <c>MHIM_SECRETS</c> names (default <c>/run/secrets</c>, where Docker puts them). In names, <c>__</c> stands
/// for <c>:</c>. What stands in the environment itself goes first.
/// </summary>
public static class SecretFiles
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string FolderVariable = "MHIM_SECRETS";

    const string Suffix = "_FILE";

    /// <summary>Adds them: over what was added before, except what the environment gives itself.</summary>
    /// <exception cref="SecretFileException">A file that a setting names cannot be read.</exception>
    public static IConfigurationBuilder AddSecretFiles(this IConfigurationBuilder builder) =>
        builder.AddInMemoryCollection(Read(Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(pair => KeyValuePair.Create((string)pair.Key, (string?)pair.Value))));

    /// <summary>The configuration of a process that has no command line of settings: environment and files.</summary>
    /// <exception cref="SecretFileException">A file that a setting names cannot be read.</exception>
    public static IConfigurationRoot FromEnvironment() => new ConfigurationBuilder().AddEnvironmentVariables().AddSecretFiles().Build();

    internal static Dictionary<string, string?> Read(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        // Environments tell http_proxy from HTTP_PROXY, settings do not.
        var given = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in environment)
            given[name] = value;
        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var folder = given.GetValueOrDefault(FolderVariable) is { Length: > 0 } named ? named : "/run/secrets";
        if (Directory.Exists(folder))
            foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
                // Other programs' secrets lie there too; ours have a section.
                if (Path.GetFileName(file) is { } name && name.Contains("__", StringComparison.Ordinal) && !given.ContainsKey(name))
                    found[KeyOf(name)] = Content(file, name);
        foreach (var (name, path) in given)
            if (name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && name.Contains("__", StringComparison.Ordinal) && path is { Length: > 0 }
                && name[..^Suffix.Length] is var setting && !given.ContainsKey(setting))
                found[KeyOf(setting)] = Content(path, name);
        return found;
    }

    static string KeyOf(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    static string Content(string path, string name)
    {
        try
        {
            // Editors and echo end a file with a line break that is no part of a password.
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SecretFileException($"The file '{path}' of the setting '{name}' cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A file with a setting cannot be read; the message names both.</summary>
/// <param name="message">One sentence.</param>
/// <param name="inner">Why.</param>
public sealed class SecretFileException(string message, Exception inner) : SettingException(message, inner);
