namespace Mhim.Mil.Tests.Reports;

/// <summary>A folder for reports.</summary>
public abstract class ReportFolder : IDisposable
{
    // Kept where MHIM_REPORT_OUT says, to be looked at.
    readonly string? _keep = Environment.GetEnvironmentVariable("MHIM_REPORT_OUT");
    private protected readonly string _folder = Directory.CreateTempSubdirectory("mhim-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private protected string Out(string name) => Path.Combine(_keep ?? _folder, name);
}
