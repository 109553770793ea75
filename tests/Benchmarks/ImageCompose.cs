namespace Mhim.Benchmarks;

/// <summary>
/// <c>docker compose config</c> over the compose file, by the Compose of Debian 13, which needs no engine for that: every profile, and once with a file that it must
/// refuse, so that a check that accepts everything is noticed.
/// </summary>
internal static class ImageCompose
{
    /// <summary>Installs Compose into a root and asks it; the version and the services of each profile are printed.</summary>
    /// <param name="build">Where a Debian 13 root comes from.</param>
    /// <param name="repository">The folder with docker-compose.yml.</param>
    /// <exception cref="InvalidOperationException">The file is not valid, or an invalid one is accepted.</exception>
    public static void Check(ImageBuild build, string repository)
    {
        const string program = "docker-compose", inside = "/run/repository";
        var (image, config) = build.Debian("compose");
        image.Run(config, ["/bin/sh", "-c", $"apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends {program}"], ImageBuild.Given());
        string Said(params string[] words) => image.Said(config, [program, .. words], [(repository, inside)]);
        var version = Said("version", "--short").Trim();
        foreach (var profile in (string[])["", "gpu"])
        {
            string[] file = ["--file", $"{inside}/docker-compose.yml", "--profile", profile];
            Said([.. file, "config", "--quiet"]);
            Console.WriteLine($"compose {version} config{(profile.Length > 0 ? $" --profile {profile}" : "")}: valid; {string.Join(", ", Said([.. file, "config", "--services"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order())}");
        }
        var wrong = Path.Combine(image.Root, "run/wrong.yml");
        File.WriteAllText(wrong, File.ReadAllText(Path.Combine(repository, "docker-compose.yml")).Replace("healthcheck:", "healthchek:"));
        try
        {
            Said("--file", "/run/wrong.yml", "config", "--quiet");
        }
        catch (InvalidOperationException)
        {
            return;
        }
        throw new InvalidOperationException("Compose takes a file with a misspelt key: its answer means nothing.");
    }
}
