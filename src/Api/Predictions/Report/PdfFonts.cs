using SkiaSharp;

namespace Mhim.Api.Predictions.Report;

/// <summary>The letters of PDF reports: DejaVu Sans, which comes with the program, since servers have no fonts.</summary>
static class PdfFonts
{
    static readonly Lazy<SKTypeface> regular = new(() => Load("DejaVuSans.ttf")), bold = new(() => Load("DejaVuSans-Bold.ttf"));

    public static SKFont Regular(float size) => Of(regular.Value, size);

    public static SKFont Bold(float size) => Of(bold.Value, size);

    // Without hinting and at fractions of a point: a page is not a screen.
    static SKFont Of(SKTypeface face, float size) => new(face, size) { Subpixel = true, Hinting = SKFontHinting.None, LinearMetrics = true };

    // Built without the dashboard there are none; then it is what the machine has, if it has any.
    static SKTypeface Load(string name)
    {
        using var font = typeof(PdfFonts).Assembly.GetManifestResourceStream($"Fonts/{name}");
        return font is null ? SKTypeface.Default : SKTypeface.FromStream(font);
    }
}
