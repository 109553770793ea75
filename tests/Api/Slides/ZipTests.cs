using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Mhim.Tiling.Tests.Fiducials;
using Mhim.Tiling.Tests.Slides;
using Mhim.Workers.Pipeline;
using Mhim.Workers.Tests;

namespace Mhim.Api.Tests.Slides;

public sealed class ZipTests(Service service) : IClassFixture<Service>
{
    static readonly Lazy<Dictionary<string, byte[]>> Mirax = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("mhim-mirax-").FullName;
        var picture = new FiducialPicture(4 * MiraxFile.Side, 4 * MiraxFile.Side, 0.5, 0, 0, 4 * MiraxFile.Side, 4 * MiraxFile.Side);
        MiraxFile.Write(Path.Combine(folder, "S-1.mrxs"), picture, 2, (0, 0, 4, 4));
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllBytes);
        Directory.Delete(folder, recursive: true);
        return files;
    });

    /// <summary>A small MIRAX slide.</summary>
    internal static byte[] MiraxZip => Zip(Mirax.Value);

    static byte[] Zip(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var (name, content) in files)
                using (var entry = zip.CreateEntry(name).Open())
                    entry.Write(content);
        return bytes.ToArray();
    }

    async Task<string> RefusedAsync(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var (before, _) = await service.AtRestAsync();
        var code = await (await service.UploadAsync(Zip(files), "refused.zip")).ProblemAsync(422);
        Assert.Equal(before, (await service.AtRestAsync()).Files);
        return code;
    }

    [Fact]
    public async Task A_MIRAX_slide_comes_as_a_zip_and_is_known_however_it_was_packed()
    {
        var answer = await service.UploadAsync(Zip(Mirax.Value), "S-1.zip");
        var slide = await answer.JsonAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, slide.ToString());
        Assert.Equal(("S-1", "mirax", 512L), ((string?)slide["name"], (string?)slide["vendor"], (long)slide["width"]!));
        var folder = Directory.CreateTempSubdirectory("mhim-mirax-").FullName;
        foreach (var (name, content) in Mirax.Value)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
        Assert.Equal(SlideSource.FromFile(Path.Combine(folder, "S-1.mrxs"), null).Sha256, (string?)slide["sha256"]); // as the command line knows it
        Directory.Delete(folder, recursive: true);
        var id = (string)slide["id"]!;
        var tile = await service.Client.GetAsync($"/api/v1/slides/{id}/dzi_files/9/0_0.jpeg");
        Assert.Equal(HttpStatusCode.OK, tile.StatusCode);
        var otherwise = Mirax.Value.Reverse().Select(f => KeyValuePair.Create("top/folder/" + f.Key, f.Value))
            .Append(new("__MACOSX/top/._S-1.mrxs", [1])).Append(new("top/.DS_Store", [1]));
        Assert.Equal(id, (string?)(await (await service.UploadAsync(Zip(otherwise), "packed-otherwise.zip")).JsonAsync())["id"]);
        await service.WaitForSlideAsync(id, "ready", "failed");
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.DeleteAsync($"/api/v1/slides/{id}")).StatusCode);
        Assert.DoesNotContain(service.Files, file => file.Contains(id));
        Assert.DoesNotContain(service.Files, file => file.Contains("unpacked"));
    }

    [SlideFact]
    public async Task A_single_slide_in_a_zip_is_that_slide()
    {
        var bytes = File.ReadAllBytes(TestData.Slide("CMU-1-Small-Region.svs"));
        var zipped = await (await service.UploadAsync(Zip([new("deep/down/CMU.svs", bytes)]), "CMU.zip")).JsonAsync();
        Assert.Equal((string?)zipped["id"], (string?)(await (await service.UploadAsync(bytes, "other.svs")).JsonAsync())["id"]);
    }

    [Fact]
    public async Task A_zip_that_is_no_slide_leaves_nothing()
    {
        Assert.Equal("zip-no-slide", await RefusedAsync([new("a.txt", [1]), new("b.txt", [2])]));
        Assert.Equal("zip-no-slide", await RefusedAsync([new("S-1.mrxs", [0])]));
        Assert.Equal("zip-no-slide", await RefusedAsync([.. Mirax.Value, new("S-2.mrxs", [0])]));
        Assert.StartsWith("slide-", await RefusedAsync([new("a/1.dcm", new byte[200]), new("a/2.dcm", new byte[200])]));
        Assert.Equal("zip-unreadable", await (await service.UploadAsync([1, 2, 3], "x.zip")).ProblemAsync(422));
        Assert.Equal("zip-name", await RefusedAsync([.. Mirax.Value, new("S-1/a b\u202e.dat", [1])]));
        Assert.Equal("zip-name", await RefusedAsync([.. Mirax.Value, new("S-1/slidedat.INI", [1])]));
    }

    [Fact]
    public async Task Two_DICOM_slides_in_one_folder_are_not_taken_for_one()
    {
        var folder = Directory.CreateTempSubdirectory("mhim-series-").FullName;
        foreach (var (name, series) in ((string, string)[])[("a", "1.2"), ("b", "1.2"), ("c", "1.3")])
            DicomFile.Write(Path.Combine(folder, $"{name}.dcm"), series, padding: 100);
        var files = Directory.EnumerateFiles(folder).Order().Select(file => KeyValuePair.Create("both/" + Path.GetFileName(file), File.ReadAllBytes(file))).ToList();
        Directory.Delete(folder, recursive: true);
        Assert.Equal("zip-several-slides", await RefusedAsync(files));
        Assert.StartsWith("slide-", await RefusedAsync(files[..2])); // one series: it is opened, and these are no slide
    }

    [Fact]
    public async Task No_path_of_a_zip_leads_out_and_a_bomb_does_not_fill_the_disk()
    {
        var outside = Path.Combine(service.Folder, "escaped.dat");
        // Not of the slide's folder by its path, so it is not taken at all.
        var answer = await service.UploadAsync(Zip([.. Mirax.Value, new("S-1/../../../../escaped.dat", [1]), new("/etc/escaped.dat", [1]), new("S-1/..", [1]), new("S-1/a\\..\\..\\b", [1])]), "escape.zip");
        Assert.False(File.Exists(outside));
        Assert.Equal("zip-name", await answer.ProblemAsync(422));
        Assert.All(Directory.EnumerateFiles(service.Folder, "escaped*", SearchOption.AllDirectories), Assert.Null);
        // Seventy million zeros pack to seventy thousand bytes.
        Assert.Equal("zip-too-large", await RefusedAsync([new("bomb.svs", new byte[70_000_000])]));
        Assert.Equal("zip-too-large", await RefusedAsync(Enumerable.Range(0, 20_001).Select(i => KeyValuePair.Create($"S-1/{i}", Array.Empty<byte>()))));
    }
}
