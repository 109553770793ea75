using System.Diagnostics;

namespace Mhim.Benchmarks;

/// <summary>What an image says of how it is run.</summary>
internal sealed class ImageConfig
{
    public Dictionary<string, string> Environment { get; init; } = new() { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
    public string WorkingFolder { get; set; } = "/";
    public string? User { get; set; }
    public string[] EntryPoint { get; set; } = [];
    public string[] Command { get; set; } = [];
    public string[] Health { get; set; } = [];

    public ImageConfig Copy() => new()
    {
        Environment = new(Environment), WorkingFolder = WorkingFolder, User = User, EntryPoint = EntryPoint, Command = Command, Health = Health,
    };
}

/// <summary>A root folder, and processes in it: chroot in a mount namespace of its own, so that every mount goes with the process.</summary>
/// <param name="root">The root.</param>
internal sealed class ImageChroot(string root)
{
    // How this machine reaches its package sources is handed in for the run of a step, and is in no image.
    static readonly string[] HandedOn = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NUGET_CERT_REVOCATION_MODE"];

    /// <summary>Whom this machine trusts; a source of packages may have a certificate of the house.</summary>
    public const string Authorities = "/etc/ssl/certs/ca-certificates.crt";

    /// <summary>Where a step sees that.</summary>
    public const string AuthoritiesInside = "/run/trusted.crt";

    public string Root => root;

    /// <summary>A process in it, not started.</summary>
    /// <param name="config">Environment, folder and user.</param>
    /// <param name="words">What to run.</param>
    /// <param name="mounts">Folders and files of this machine, and where they are to be seen inside.</param>
    /// <param name="building">Hands on how package sources are reached.</param>
    public ProcessStartInfo StartOf(ImageConfig config, string[] words, IEnumerable<(string Here, string Inside)> mounts, bool building)
    {
        var script = "set -e; mount -t proc proc \"$ROOT/proc\"; mount --rbind /dev \"$ROOT/dev\"; ";
        foreach (var (here, inside) in mounts)
        {
            var target = root + inside;
            if (Directory.Exists(here))
                Directory.CreateDirectory(target);
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                if (!File.Exists(target))
                    File.WriteAllBytes(target, []);
            }
            script += $"mount --bind '{here}' '{target}'; ";
        }
        script += "exec chroot " + (config.User is { } user && !building ? $"--userspec={user}:{user} " : "") + "\"$ROOT\" /bin/sh -c 'cd \"$FOLDER\" && unset ROOT FOLDER && exec \"$@\"' sh \"$@\"";
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["--mount", "--", "/bin/sh", "-c", script, "sh", .. words])
            start.ArgumentList.Add(word);
        var handed = building ? HandedOn.Select(name => (name, Environment.GetEnvironmentVariable(name))).Where(pair => pair.Item2 is not null).ToList() : [];
        start.Environment.Clear();
        foreach (var (name, value) in handed)
            start.Environment[name] = value;
        if (building && File.Exists(Authorities))
            start.Environment["SSL_CERT_FILE"] = AuthoritiesInside;
        foreach (var (name, value) in config.Environment)
            start.Environment[name] = value;
        (start.Environment["ROOT"], start.Environment["FOLDER"]) = (root, config.WorkingFolder);
        start.Environment["HOME"] = building ? "/root" : config.WorkingFolder;
        return start;
    }

    /// <summary>Runs to the end.</summary>
    /// <exception cref="InvalidOperationException">It failed; with its last words.</exception>
    public void Run(ImageConfig config, string[] words, IEnumerable<(string Here, string Inside)> mounts, bool building = true) => Run(StartOf(config, words, mounts, building));

    /// <summary>Runs to the end and gives what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; with its last words.</exception>
    public string Said(ImageConfig config, string[] words, IEnumerable<(string Here, string Inside)> mounts) => Run(StartOf(config, words, mounts, building: false));

    /// <summary>Runs a program of this machine to its end.</summary>
    public static void Run(string program, params string[] arguments) =>
        Run(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });

    static string Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        if (process.ExitCode == 0)
            return output.Result;
        var said = (output.Result + error.Result).TrimEnd().Split('\n').TakeLast(25);
        throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList.TakeLast(3))} ended with exit code {process.ExitCode}:\n{string.Join('\n', said)}");
    }
}
