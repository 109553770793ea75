using System.Globalization;
using System.Net;
using System.Text;

namespace Mhim.Mil.Reports.Charts;

/// <summary>A small chart: two axes with ticks, lines, steps, bands and dots. Colours are CSS classes, so that light and dark share one drawing.</summary>
internal sealed class SvgPlot
{
    const double Left = 46, Right = 12, Top = 10, Bottom = 38;

    const double CountsHeight = 14;

    readonly StringBuilder _marks = new();
    readonly List<(string Name, Func<double, int> At, string Class)> _counts = [];
    readonly string _label, _xTitle, _yTitle;
    readonly double _width, _height;
    readonly (double From, double To) _x, _y;

    /// <summary>Sets up the axes; the label says what the chart shows to those who cannot see it.</summary>
    public SvgPlot(string label, string xTitle, string yTitle, (double From, double To) x, (double From, double To) y, double width = 360, double height = 290)
    {
        (_label, _xTitle, _yTitle, _width, _height) = (label, xTitle, yTitle, width, height);
        _x = Widened(x);
        _y = Widened(y);
    }

    static (double From, double To) Widened((double From, double To) range) =>
        range.To > range.From ? range : (range.From - 0.5, range.From + 0.5);

    double X(double value) => Left + (value - _x.From) / (_x.To - _x.From) * (_width - Left - Right);

    double Y(double value) => _height - Bottom - (value - _y.From) / (_y.To - _y.From) * (_height - Top - Bottom);

    public SvgPlot Line(IEnumerable<(double X, double Y)> points, string @class, string? title = null)
    {
        var path = string.Join(' ', points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).Select((p, i) => F($"{(i == 0 ? 'M' : 'L')}{X(p.X):0.##} {Y(p.Y):0.##}")));
        if (path.Length > 0)
            _marks.Append("<path class=\"line ").Append(@class).Append("\" d=\"").Append(path).Append("\">").Append(Title(title)).Append("</path>");
        return this;
    }

    /// <summary>A line that keeps its height until the next point.</summary>
    public SvgPlot Steps(IReadOnlyList<(double X, double Y)> points, string @class, string? title = null) => Line(Stairs(points), @class, title);

    /// <summary>The area between two step lines over the same x.</summary>
    public SvgPlot StepBand(IReadOnlyList<(double X, double Low, double High)> points, string @class)
    {
        var outline = Stairs([.. points.Select(p => (p.X, p.High))]).Concat(Stairs([.. points.Select(p => (p.X, p.Low))]).Reverse());
        _marks.Append("<path class=\"band ").Append(@class).Append("\" d=\"")
            .AppendJoin(' ', outline.Select((p, i) => F($"{(i == 0 ? 'M' : 'L')}{X(p.X):0.##} {Y(p.Y):0.##}"))).Append(" Z\"/>");
        return this;
    }

    public SvgPlot Dot(double x, double y, double radius, string @class, string? title = null)
    {
        _marks.Append(F($"<circle class=\"dot {@class}\" cx=\"{X(x):0.##}\" cy=\"{Y(y):0.##}\" r=\"{radius:0.##}\">")).Append(Title(title)).Append("</circle>");
        return this;
    }

    /// <summary>A short tick, as where a case is censored.</summary>
    public SvgPlot Tick(double x, double y, string @class)
    {
        _marks.Append(F($"<path class=\"line thin {@class}\" d=\"M{X(x):0.##} {Y(y) - 4:0.##} V{Y(y) + 4:0.##}\"/>"));
        return this;
    }

    /// <summary>Words at a place inside the chart.</summary>
    public SvgPlot Note(double x, double y, string text, string anchor = "start")
    {
        _marks.Append(F($"<text class=\"note\" x=\"{X(x):0.##}\" y=\"{Y(y):0.##}\" text-anchor=\"{anchor}\">")).Append(WebUtility.HtmlEncode(text)).Append("</text>");
        return this;
    }

    /// <summary>A row of numbers under the axis, one at each of its ticks.</summary>
    public SvgPlot Counts(string name, Func<double, int> at, string @class)
    {
        _counts.Add((name, at, @class));
        return this;
    }

    public override string ToString()
    {
        var svg = new StringBuilder(F($"<svg viewBox=\"0 0 {_width:0} {_height + (_counts.Count == 0 ? 0 : (_counts.Count + 1) * CountsHeight + 2):0}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(_label)}\">"));
        foreach (var tick in Ticks(_x.From, _x.To))
            svg.Append(F($"<path class=\"grid\" d=\"M{X(tick):0.##} {Top} V{_height - Bottom}\"/><text class=\"tick\" x=\"{X(tick):0.##}\" y=\"{_height - Bottom + 14:0.##}\" text-anchor=\"middle\">{tick:0.####}</text>"));
        foreach (var tick in Ticks(_y.From, _y.To))
            svg.Append(F($"<path class=\"grid\" d=\"M{Left} {Y(tick):0.##} H{_width - Right}\"/><text class=\"tick\" x=\"{Left - 6}\" y=\"{Y(tick) + 3.5:0.##}\" text-anchor=\"end\">{tick:0.####}</text>"));
        svg.Append(F($"<path class=\"axis\" d=\"M{Left} {Top} V{_height - Bottom} H{_width - Right}\"/>"));
        svg.Append(F($"<text class=\"axis-title\" x=\"{(Left + _width - Right) / 2:0.##}\" y=\"{_height - 6:0.##}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(_xTitle)}</text>"));
        var middle = F($"{(Top + _height - Bottom) / 2:0.##}");
        svg.Append($"<text class=\"axis-title\" x=\"11\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 11 {middle})\">{WebUtility.HtmlEncode(_yTitle)}</text>");
        if (_counts.Count > 0)
            svg.Append(F($"<text class=\"tick\" x=\"0\" y=\"{_height + CountsHeight - 4:0.##}\">At risk</text>"));
        foreach (var (row, i) in _counts.Select((row, i) => (row, i)))
        {
            var y = F($"{_height + (i + 2) * CountsHeight - 4:0.##}");
            svg.Append(F($"<circle class=\"dot {row.Class}\" cx=\"4\" cy=\"{_height + (i + 2) * CountsHeight - 8:0.##}\" r=\"4\"><title>{WebUtility.HtmlEncode(row.Name)}</title></circle>"));
            foreach (var tick in Ticks(_x.From, _x.To))
                svg.Append(F($"<text class=\"tick\" x=\"{X(tick):0.##}\" y=\"{y}\" text-anchor=\"middle\">{row.At(tick)}</text>"));
        }
        return svg.Append(_marks).Append("</svg>").ToString();
    }

    /// <summary>Four to six round numbers.</summary>
    internal static IEnumerable<double> Ticks(double from, double to)
    {
        var rough = (to - from) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(m => m * power).First(s => s >= rough * 0.999);
        for (var i = (long)Math.Ceiling(from / step - 1e-9); i * step <= to + step * 1e-9; i++)
            yield return i * step;
    }

    static IEnumerable<(double X, double Y)> Stairs(IReadOnlyList<(double X, double Y)> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (i > 0)
                yield return (points[i].X, points[i - 1].Y);
            yield return points[i];
        }
    }

    static string Title(string? text) => text is null ? "" : "<title>" + WebUtility.HtmlEncode(text) + "</title>";

    static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
