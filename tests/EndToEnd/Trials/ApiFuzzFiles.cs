using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Mhim.EndToEnd.Tests.Trials;

/// <summary>Files that nobody should send.</summary>
/// <param name="values">Decides everything.</param>
/// <param name="slide">A real slide, to be damaged.</param>
sealed class ApiFuzzFiles(ApiFuzzValues values, byte[] slide)
{
    static readonly Lazy<byte[]> Zeros = new(() => Zip(("slide.mrxs", 300 << 20), ("slide/Slidedat.ini", 100)));
    static readonly Lazy<byte[]> ModelZeros = new(() => Zip(("model.safetensors", 300 << 20), ("config.json", 10), ("card.json", 10)));
    static readonly Lazy<byte[]> Many = new(() => Zip([.. Enumerable.Range(0, 25_000).Select(i => ($"d/{i}.dcm", 0))]));

    /// <summary>A form with one to three parts.</summary>
    public HttpContent Form()
    {
        if (values.Chance(0.1))
            return Raw("multipart/form-data; boundary=x", values.Of(["--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.svs\"\r\n\r\nabc", "--x--", "", "--y\r\n\r\n--y--"]));
        var form = new MultipartFormDataContent();
        for (var part = values.Next(3); part >= 0; part--)
        {
            if (values.Chance(0.3))
            {
                form.Add(new StringContent(values.Text()), "\"" + values.Of(["name", "mpp", "x", "file"]) + "\"");
                continue;
            }
            var (name, bytes) = File();
            var file = new ByteArrayContent(bytes);
            var shown = new string([.. (values.Chance(0.4) ? values.Text() + Path.GetExtension(name) : name).Where(c => c is not ('"' or '\r' or '\n' or '\0'))]);
            file.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"{values.Of(["file", "file", "file", "files", "x"])}\"; filename=\"{Latin(shown)}\"");
            form.Add(file);
        }
        return form;
    }

    /// <summary>Bytes under a name.</summary>
    public (string Name, byte[] Bytes) File() => values.Next(14) switch
    {
        0 => ("bomb.zip", Zeros.Value),
        1 => ("bomb.zip", ModelZeros.Value),
        2 => ("many.zip", Many.Value),
        3 => ("paths.zip", Zip((values.Of(["../../../escaped.mrxs", "/tmp/escaped.mrxs", "..\\escaped.mrxs", "a/../../../escaped.mrxs", "C:\\escaped.mrxs"]), 10), ("../../escaped/Slidedat.ini", 10), ("../../secret.txt", 10))),
        4 => ("nested.zip", Zip(("inner.zip", 1000))),
        5 => ("cut.zip", Zeros.Value[..(100 + values.Next(1000))]),
        6 => ("cut.svs", slide[..values.Next(slide.Length / 4)]),
        7 => ("damaged.svs", Damaged()),
        8 => ("large.svs", new byte[21 << 20]), // over the limit of the trial's service
        9 => ("config.json", Encoding.UTF8.GetBytes(values.Of(["{}", "[]", "{\"model\":null}", "\0", "{\"classes\":[\"a\"],\"embedDim\":-1}"]))),
        10 => ("model.safetensors", [255, 255, 255, 255, 255, 255, 255, 127, (byte)'{']),
        11 => ("labels.csv", Encoding.UTF8.GetBytes(values.Of(["slide_id,label\n", "=cmd|' /C calc'!A0,1\n", "\"\n\"\"", "a;b;c\n\n\n", "slide_id,label\n../../x,1\n"]))),
        12 => ("empty.svs", []),
        _ => ("text" + values.Of([".svs", ".tif", ".mrxs", ".ndpi", ".zip", ".json", ".h5", ".onnx", ""]), Encoding.UTF8.GetBytes(values.Text())),
    };

    byte[] Damaged()
    {
        var bytes = slide[..Math.Min(slide.Length, 300_000)];
        for (var i = 0; i < 50; i++)
            bytes[values.Next(values.Chance(0.5) ? 500 : bytes.Length)] = (byte)values.Next(256);
        return bytes;
    }

    /// <summary>Bytes of a kind.</summary>
    public static HttpContent Raw(string type, string text) => Raw(type, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes of a kind.</summary>
    public static HttpContent Raw(string type, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        if (type.Length > 0)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    // Header values are bytes; names that are not plain go as UTF-8, as curl sends them.
    static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    static byte[] Zip(params (string Name, int Zeros)[] entries)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, zeros) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                for (var left = zeros; left > 0; left -= 1 << 20)
                    entry.Write(new byte[Math.Min(left, 1 << 20)]);
            }
        return memory.ToArray();
    }
}
