using System.Runtime.InteropServices;
using Microsoft.Playwright;
using NetVips;
using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>
/// Tiles of 256 px at 0.5 µm on a slide of 0.4986 µm per pixel are 256.72 pixels apart, each place rounded by itself: over 24 mm the fractions add up to half a tile.
/// </summary>
public sealed class WideSlideTests : IDisposable
{
    const int Width = 48_300, Height = 1_100;
    const double Mpp = 0.4986;
    static readonly (int From, int To)[] Tissue = [(0, 5_000), (22_000, 24_000), (43_000, Width)];
    readonly string folder = Directory.CreateTempSubdirectory("mhim-wide-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Heatmap_and_numbers_lie_on_their_tiles_in_the_middle_of_a_wide_slide_too()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"), "--models", TinyModel.Folder);
        var slide = (string)(await server.SendFilesAsync("/slides", Draw(Path.Combine(folder, "wide.tif"))))["id"]!;
        var model = (string)(await server.GetAsync("/models"))["items"]![0]!["id"]!;
        var prediction = (string)(await server.PostAsync("/predictions", new { slideId = slide, modelId = model }))["id"]!;
        await server.WaitAsync($"/predictions/{prediction}", answer => (string?)answer["state"], "succeeded", "failed");
        var table = await server.GetAsync($"/predictions/{prediction}/tiles");
        var (n, side) = ((int)table["tiles"]!, (int)table["tileSizeLevel0"]!);
        var numbers = await server.Client.GetByteArrayAsync($"/api/v1/predictions/{prediction}/tiles.bin");
        int[] x = MemoryMarshal.Cast<byte, int>(numbers)[..n].ToArray(), y = MemoryMarshal.Cast<byte, int>(numbers)[n..(2 * n)].ToArray();
        Assert.Equal((0, true), (x.Min(), x.Max() > 47_000));

        // The last tile before the gap in the middle: the numbers of both of its sides are its own, and its colour ends where it ends.
        var last = Enumerable.Range(0, n).Where(i => x[i] < Tissue[1].To && y[i] == y.Min()).MaxBy(i => x[i]);
        var attention = MemoryMarshal.Cast<byte, float>(numbers)[2 * n + last] * n;
        var (edge, middle) = (x[last] + side, y[last] + side / 2);
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        foreach (var at in (int[])[x[last] + 12, edge - 12])
        {
            await browser.Page.GotoAsync($"/view/{slide}?p={prediction}&layer=attention&at={at},{middle}");
            var told = await browser.Page.Locator(".tile-mark").GetByText("Attention").InnerTextAsync();
            Assert.Equal(attention, double.Parse(told.Split(' ')[1].TrimEnd('×'), System.Globalization.CultureInfo.InvariantCulture), 0.006 * attention);
        }
        var view = FormattableString.Invariant($"/view/{slide}?p={prediction}&x={edge}&y={middle}&z=0.5&r=0");
        using var covered = await ViewerPictures.TakeAsync(browser, $"{view}&layer=attention&opacity=1&fade=0");
        using var bare = await ViewerPictures.TakeAsync(browser, $"{view}&layer=none");
        Assert.InRange(ViewerPictures.Differing(covered, bare).Right, bare.Width / 2 - 2, bare.Width / 2 + 2);
    }

    [Fact]
    public async Task What_was_left_out_lies_where_it_was_left_out()
    {
        using var server = await Server.StartAsync(Path.Combine(folder, "data"));
        var slide = (string)(await server.SendFilesAsync("/slides", Draw(Path.Combine(folder, "wide.tif"))))["id"]!;
        await server.WaitAsync($"/slides/{slide}", answer => (string?)answer["slide"]!["state"], "ready", "failed");
        var grid = (await server.GetAsync($"/slides/{slide}/view"))["grid"]!;
        var x = grid["x"]!.AsArray().Select(value => (int)value!).ToArray();
        var fates = Convert.FromBase64String((string)grid["fates"]!);
        var edge = x.Last(one => one < Tissue[1].To && fates[Array.IndexOf(x, one)] == 0) + (int)grid["tileSizeLevel0"]!;
        await using var browser = await Browser.OpenAsync(server.Client.BaseAddress!, "/slides");
        var view = FormattableString.Invariant($"/view/{slide}?x={edge}&y=250&z=0.5&r=0");
        using var outlined = await ViewerPictures.TakeAsync(browser, $"{view}&outline=1", predicted: false);
        using var bare = await ViewerPictures.TakeAsync(browser, view, predicted: false);
        Assert.InRange(ViewerPictures.Differing(outlined, bare).Right, bare.Width / 2 - 4, bare.Width / 2 + 4);
    }

    // Speckled pieces of one stain on glass, as wide as the slide; the lower half is glass.
    static string Draw(string path)
    {
        var random = new Random(3);
        var rgb = new byte[Width * Height * 3];
        Array.Fill(rgb, (byte)244);
        foreach (var (from, to) in Tissue)
            for (var y = 0; y < Height / 2; y++)
                for (var x = from; x < to; x++)
                    (rgb[3 * (y * Width + x)], rgb[3 * (y * Width + x) + 1], rgb[3 * (y * Width + x) + 2]) = ((byte)random.Next(170, 225), (byte)random.Next(80, 100 + x / 512 % 7 * 12), (byte)random.Next(150, 205));
        using var picture = Image.NewFromMemory(rgb, Width, Height, 3, Enums.BandFormat.Uchar);
        using var named = picture.Copy(interpretation: Enums.Interpretation.Srgb);
        named.Tiffsave(path, compression: Enums.ForeignTiffCompression.Jpeg, q: 90, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true,
            resunit: Enums.ForeignTiffResunit.Cm, xres: 1000 / Mpp, yres: 1000 / Mpp);
        return path;
    }
}
