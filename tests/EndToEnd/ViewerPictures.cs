using SkiaSharp;

namespace Mhim.EndToEnd.Tests;

/// <summary>What the viewer has drawn, as pictures to compare.</summary>
static class ViewerPictures
{
    /// <summary>The slide at an address of the viewer, with its overlay and nothing that floats over it.</summary>
    public static async Task<SKBitmap> TakeAsync(Browser browser, string view, bool predicted = true)
    {
        await browser.Page.GotoAsync(view);
        await browser.Page.Locator("[data-loaded=yes]").WaitForAsync();
        if (predicted && !view.EndsWith("none"))
            await browser.Page.Locator("[data-legend]").WaitForAsync();
        if (predicted)
            await browser.Page.Locator(".strip").WaitForAsync();
        // What floats over the slide is no part of it.
        await browser.Page.EvaluateAsync("for (const one of document.querySelectorAll('.zoom-tools, .overview, .legend, .hud, .tile-tip')) one.style.visibility = 'hidden'");
        return SKBitmap.Decode(await browser.Page.Locator(".pane").ScreenshotAsync());
    }

    /// <summary>Where two pictures of the same view are not the same.</summary>
    public static SKRectI Differing(SKBitmap a, SKBitmap b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        var box = new SKRectI(int.MaxValue, int.MaxValue, -1, -1);
        for (var y = 0; y < a.Height; y++)
            for (var x = 0; x < a.Width; x++)
                if (a.GetPixel(x, y) is var p && b.GetPixel(x, y) is var q && Math.Abs(p.Red - q.Red) + Math.Abs(p.Green - q.Green) + Math.Abs(p.Blue - q.Blue) > 60)
                    box = new SKRectI(Math.Min(box.Left, x), Math.Min(box.Top, y), Math.Max(box.Right, x + 1), Math.Max(box.Bottom, y + 1));
        Assert.True(box.Right > 0, "The overlay shows nothing.");
        return box;
    }
}
