using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

/// <summary>Label tables as somebody may write them.</summary>
public abstract class LabelTables : IDisposable
{
    private protected readonly string _folder = Directory.CreateTempSubdirectory("mhim-cohort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private protected Cohort Read(string text, CohortOptions? options = null)
    {
        var path = Path.Combine(_folder, "table.csv");
        File.WriteAllText(path, text);
        return CohortReader.Read(path, options);
    }

    private protected InputException Refuses(string code, string text, CohortOptions? options = null)
    {
        var refused = Assert.Throws<InputException>(() => Read(text, options));
        Assert.Equal(code, refused.Code);
        return refused;
    }

    /// <summary>A second table, which gives each patient's slides.</summary>
    private protected string Slides(string text)
    {
        var path = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
