using System.Diagnostics;

namespace Mhim.Benchmarks;

/// <summary>Builds a target of the Dockerfile without a Docker engine: every stage is a Debian 13 root, every step runs in it.</summary>
/// <param name="repository">The build context.</param>
/// <param name="work">Where the roots are made; on a disk with 5 GB free.</param>
internal sealed class ImageBuild(string repository, string work)
{
    readonly Dictionary<string, (string Root, ImageConfig Config)> done = [];

    /// <summary>Builds it and all stages that it takes something from.</summary>
    public (ImageChroot Image, ImageConfig Config) Build(string target, Dictionary<string, string> arguments)
    {
        var (defaults, stages) = ImageDockerfile.Read(File.ReadAllText(Path.Combine(repository, "Dockerfile")));
        foreach (var (name, value) in arguments)
            defaults[name] = value;
        var (root, config) = Stage(target, stages, defaults);
        return (new ImageChroot(root), config);
    }

    /// <summary>A Debian 13 root of one's own.</summary>
    /// <param name="name">No stage's name.</param>
    public (ImageChroot Image, ImageConfig Config) Debian(string name)
    {
        var root = Path.Combine(work, name);
        ImageChroot.Run("cp", "-a", "--reflink=auto", Debian(), root);
        return (new ImageChroot(root), new ImageConfig());
    }

    (string Root, ImageConfig Config) Stage(string name, List<DockerStage> stages, Dictionary<string, string> arguments)
    {
        if (done.TryGetValue(name, out var ready))
            return ready;
        if (stages.SingleOrDefault(stage => stage.Name == name) is not { } stage)
            return done[name] = External(name);
        // What a stage takes from is built before.
        var sources = stage.Steps.Where(step => step.Word == "COPY" && step.Flags.ContainsKey("from")).Select(step => step.Flags["from"]).ToArray();
        foreach (var source in sources)
            Stage(source, stages, arguments);
        var (baseRoot, baseConfig) = Stage(stage.From, stages, arguments);
        var root = Path.Combine(work, name);
        ImageChroot.Run("cp", "-a", "--reflink=auto", baseRoot, root);
        var (config, values) = (baseConfig.Copy(), new Dictionary<string, string>());
        foreach (var step in stage.Steps)
        {
            var clock = Stopwatch.StartNew();
            Take(step, new ImageChroot(root), config, values, arguments);
            if (step.Word is "RUN" or "COPY")
                Console.WriteLine($"  {name,-8} {clock.Elapsed.TotalSeconds,6:0.0} s  {step.Word} {(step.Rest.Length > 100 ? step.Rest[..100] + " ..." : step.Rest)}");
        }
        return done[name] = (root, config);
    }

    void Take(DockerStep step, ImageChroot image, ImageConfig config, Dictionary<string, string> values, Dictionary<string, string> arguments)
    {
        string Expand(string text) => ImageDockerfile.Expand(text, values.Concat(config.Environment.Where(pair => !values.ContainsKey(pair.Key))).ToDictionary());
        switch (step.Word)
        {
            case "ARG":
                values[step.Rest.Split('=')[0]] = arguments.GetValueOrDefault(step.Rest.Split('=')[0]) ?? (step.Rest.Contains('=') ? step.Rest.Split('=', 2)[1] : "");
                break;
            case "ENV":
                foreach (var (name, value) in ImageDockerfile.Pairs(Expand(step.Rest)))
                    config.Environment[name] = value;
                break;
            case "WORKDIR":
                config.WorkingFolder = Expand(step.Rest);
                Directory.CreateDirectory(image.Root + config.WorkingFolder);
                break;
            case "USER":
                config.User = Expand(step.Rest);
                break;
            case "ENTRYPOINT":
                (config.EntryPoint, config.Command) = (step.Words, []);
                break;
            case "CMD":
                config.Command = step.Words;
                break;
            case "HEALTHCHECK":
                config.Health = new DockerStep("CMD", step.Flags, step.Rest[(step.Rest.IndexOf("CMD", StringComparison.Ordinal) + 3)..].Trim()).Words;
                break;
            case "COPY":
                Copy(step, image.Root, config);
                break;
            case "RUN":
                var with = config.Copy();
                foreach (var (name, value) in values)
                    with.Environment[name] = value;
                image.Run(with, ["/bin/sh", "-c", step.Rest], [.. Given(), .. Caches(step)]);
                break;
        }
    }

    // How names and packages are found on this machine.
    internal static IEnumerable<(string, string)> Given()
    {
        yield return ("/etc/resolv.conf", "/etc/resolv.conf");
        if (File.Exists(ImageChroot.Authorities))
            yield return (ImageChroot.Authorities, ImageChroot.AuthoritiesInside);
        var sources = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/NuGet/NuGet.Config");
        if (File.Exists(sources))
            yield return (sources, "/root/.nuget/NuGet/NuGet.Config");
    }

    // The cache of packages is this machine's own.
    static IEnumerable<(string, string)> Caches(DockerStep step)
    {
        if (!step.Flags.TryGetValue("mount", out var mount))
            yield break;
        var parts = mount.Split(',').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        if (parts is not { Count: 2 } || parts["type"] != "cache" || parts["target"] != "/root/.nuget/packages")
            throw new NotSupportedException($"RUN --mount={mount} is not understood here.");
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        Directory.CreateDirectory(packages);
        yield return (packages, parts["target"]);
    }

    void Copy(DockerStep step, string root, ImageConfig config)
    {
        var (words, source) = (step.Words, step.Flags.TryGetValue("from", out var from) ? done[from].Root : repository);
        var target = words[^1].StartsWith('/') ? root + words[^1] : Path.Combine(root + config.WorkingFolder, words[^1]);
        foreach (var word in words[..^1])
        {
            var path = Path.Combine(source, word.TrimStart('/'));
            if (!Directory.Exists(path) && !File.Exists(path))
                throw new InvalidOperationException($"COPY {word}: there is no {path}.");
            if (File.Exists(path))
            {
                var file = words[^1].EndsWith('/') || words.Length > 2 ? Path.Combine(target, Path.GetFileName(path)) : target;
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                ImageChroot.Run("cp", "-a", path, file);
                continue;
            }
            Directory.CreateDirectory(target);
            // The content of the folder, less what .dockerignore names.
            var excludes = from is null ? Ignored() : [];
            ImageChroot.Run("/bin/sh", "-c", $"tar -C '{path}' {string.Join(' ', excludes.Select(name => $"--exclude='{name}'"))} -cf - . | tar -C '{target}' --no-same-owner -xpf -");
        }
    }

    IEnumerable<string> Ignored() => File.ReadAllLines(Path.Combine(repository, ".dockerignore"))
        .Where(line => line.StartsWith("**/", StringComparison.Ordinal)).Select(line => line[3..]);

    (string Root, ImageConfig Config) External(string reference)
    {
        if (reference.StartsWith("debian:13", StringComparison.Ordinal))
            return (Debian(), new ImageConfig());
        // The .NET of this machine stands for Microsoft's images, of which only that folder is taken.
        if (!reference.StartsWith("mcr.microsoft.com/dotnet/", StringComparison.Ordinal))
            throw new NotSupportedException($"The image {reference} cannot be stood in for.");
        var dotnet = Path.GetDirectoryName(new FileInfo(Environment.ProcessPath!).ResolveLinkTarget(true)?.FullName ?? Environment.ProcessPath!)!;
        var root = Path.Combine(work, "external-" + reference.Split('/')[^1].Replace(':', '-'));
        var folder = Path.Combine(root, "usr/share/dotnet");
        Directory.CreateDirectory(folder);
        string[] parts = reference.Contains("/aspnet:", StringComparison.Ordinal) ? ["dotnet", "host", "shared"] : ["."];
        foreach (var part in parts)
            ImageChroot.Run("cp", "-a", Path.Combine(dotnet, part), folder);
        return (root, new ImageConfig());
    }

    // From the same source as this machine's own packages.
    string Debian()
    {
        var root = Path.Combine(work, "debian-13");
        if (Directory.Exists(root))
            return root;
        var source = Environment.GetEnvironmentVariable("MHIM_DEBIAN") ?? Said("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
            .Split('\n').FirstOrDefault(uri => uri.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal)) ?? "http://deb.debian.org/debian";
        var clock = Stopwatch.StartNew();
        ImageChroot.Run("mmdebstrap", "--quiet", "--variant=minbase", "trixie", root, source.TrimEnd('/'));
        Console.WriteLine($"  {"debian:13",-8} {clock.Elapsed.TotalSeconds,5:0.0} s  mmdebstrap");
        return root;
    }

    static string Said(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd();
    }
}
