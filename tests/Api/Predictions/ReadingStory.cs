using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Mhim.Api.Tests.Predictions;

/// <summary>What people do with a prediction: look at its tiles, agree or not, take a report along; the same on both databases.</summary>
static class ReadingStory
{
    /// <param name="service">With the prediction.</param>
    /// <param name="id">A prediction that succeeded.</param>
    public static async Task TellAsync(Service service, string id)
    {
        var path = $"/api/v1/predictions/{id}";
        await TilesAsync(service, path);
        await OpinionsAsync(service, path);
        await ReportAsync(service, path);
    }

    static async Task TilesAsync(Service service, string path)
    {
        var table = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/tiles"))!;
        var bytes = await service.Client.GetByteArrayAsync($"{path}/tiles.bin");
        var summary = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/prediction.json"))!;
        var n = (int)table["tiles"]!;
        var names = table["series"]!.AsArray().Select(s => (string)s!["name"]!).ToArray();
        Assert.Equal(["attention", .. summary["classes"]!.AsArray().Select(c => (string)c!["name"]!)], names);
        Assert.Equal(n * (4 + 4 + 4 * names.Length + 1), bytes.Length);
        int Whole(int column, int i) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * (column * n + i)));
        float Number(int series, int i) => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * ((2 + series) * n + i)));

        // The same places and scores as in the file for QuPath.
        var features = JsonNode.Parse(await service.Client.GetStringAsync($"{path}/tiles.geojson"))!["features"]!.AsArray();
        Assert.Equal(n, features.Count);
        var scored = Array.FindIndex([.. table["series"]!.AsArray()], s => (bool)s!["scored"]!);
        for (var i = 0; i < n; i += 7)
        {
            var corner = features[i]!["geometry"]!["coordinates"]![0]![0]!;
            Assert.Equal(((long)corner[0]!, (long)corner[1]!), (Whole(0, i), Whole(1, i)));
            var said = features[i]!["properties"]!["measurements"]!;
            Assert.Equal((double)said["attention"]!, Number(0, i), 1e-5);
            Assert.Equal((double)said[$"score {names[scored]}"]!, Number(scored, i), 1e-5);
            Assert.Equal(1, Enumerable.Range(1, names.Length - 1).Sum(c => Number(c, i)), 1e-4);
        }
        Assert.Equal(1, Enumerable.Range(0, n).Sum(i => Number(0, i)), 1e-3);
        var flags = bytes[^n..];
        Assert.Equal(((int)table["easy"]!, (int)table["hard"]!), (flags.Count(f => f == 1), flags.Count(f => f == 2)));
        Assert.Equal((int?)summary["mask"]?["easyTiles"] ?? 0, (int)table["easy"]!);
    }

    static async Task OpinionsAsync(Service service, string path)
    {
        var prediction = (await service.Client.GetFromJsonAsync<JsonNode>(path))!;
        var (called, slide) = ((string)prediction["predictedClass"]!, (string)prediction["slideName"]!);
        var other = prediction["classes"]!.AsArray().Select(c => (string)c!["name"]!).First(name => name != called);
        foreach (var wrong in (object[])[new { }, new { agrees = true, label = other }, new { agrees = false, label = "no such class" }, new { agrees = false, label = called }, new { agrees = true, comment = new string('x', 4001) }])
            Assert.Equal("request-unreadable", await (await service.Client.PutAsJsonAsync($"{path}/opinion", wrong)).ProblemAsync(400));
        Assert.Equal("opinion-unknown", await (await service.Client.DeleteAsync($"{path}/opinion")).ProblemAsync(404));

        var yes = await (await service.Client.PutAsJsonAsync($"{path}/opinion", new { agrees = true })).JsonAsync();
        Assert.Equal((true, called, true), ((bool)yes["agrees"]!, (string?)yes["label"], (bool)yes["mine"]!));
        Assert.EndsWith($"{slide},{called}\n", await service.Client.GetStringAsync("/api/v1/opinions/labels.csv"));
        var no = await (await service.Client.PutAsJsonAsync($"{path}/opinion", new { agrees = false, label = other, comment = "=Too few, \"mitoses\"" })).JsonAsync();
        Assert.Equal(((string?)yes["id"], false), ((string?)no["id"], (bool)no["agrees"]!));
        var all = (await service.Client.GetFromJsonAsync<JsonNode>($"{path}/opinions"))!.AsArray();
        Assert.Equal(other, (string?)Assert.Single(all)!["label"]);
        var table = await service.Client.GetStringAsync("/api/v1/opinions/table.csv");
        Assert.Contains($",{called},no,{other},\"'=Too few, \"\"mitoses\"\"\",open,", table);
        var labels = await service.Client.GetStringAsync("/api/v1/opinions/labels.csv");
        Assert.Equal($"case_id,slide_id,label\n{slide},{slide},{other}\n", labels);
        Assert.Empty((await service.Client.GetFromJsonAsync<JsonNode>("/api/v1/opinions?agrees=true"))!["items"]!.AsArray());
        Assert.Single((await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/opinions?slideId={prediction["slideId"]}"))!["items"]!.AsArray());
        var trail = await service.Client.GetStringAsync("/api/v1/audit?limit=200");
        Assert.Contains("PUT /api/v1/predictions/{id:guid}/opinion", trail);

        // It can be read back as what it is: a label table.
        using var csv = new StringContent($"case_id,slide_id,label\n{string.Concat(Enumerable.Range(0, 3).Select(i => $"p{i},x{i},{called}\n"))}{labels.Split('\n')[1]}\n", Encoding.UTF8, "text/csv");
        Assert.Equal(HttpStatusCode.Created, (await service.Client.PostAsync("/api/v1/cohorts?name=from-opinions", csv)).StatusCode);
    }

    static async Task ReportAsync(Service service, string path)
    {
        var answer = await service.Client.GetAsync($"{path}/report.pdf");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/pdf", answer.Content.Headers.ContentType!.MediaType);
        var pdf = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal("%PDF-"u8, pdf.AsSpan(0, 5));
        if (Environment.GetEnvironmentVariable("MHIM_REPORT_OUT") is { } keep)
            File.WriteAllBytes(Path.Combine(keep, "prediction.pdf"), pdf);
        var text = Encoding.Latin1.GetString(pdf);
        // Letters of its own, and not those of whatever machine it was made on; thumbnail, heatmap and top tiles are in it.
        Assert.Contains("DejaVuSans", text);
        Assert.True(text.Split("/Subtype /Image").Length - 1 >= 4, "pictures");
        Assert.InRange(pdf.Length, 20_000, 6_000_000);
        // Tissue at quality 0 is about a hundredth of a byte per pixel: nobody could judge a tile by that.
        byte[] jpeg = [0xFF, 0xD8, 0xFF];
        var at = pdf.AsSpan().LastIndexOf(jpeg);
        var length = pdf.AsSpan(at).IndexOf("endstream"u8);
        using var tile = SkiaSharp.SKBitmap.Decode(pdf.AsSpan(at, length));
        Assert.InRange(length / (double)(tile.Width * tile.Height), 0.05, 3);
    }
}
