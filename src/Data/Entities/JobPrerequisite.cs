namespace Mhim.Data.Entities;

/// <summary>A job that must have succeeded before another; for jobs that come after several. A row goes with either job.</summary>
public sealed class JobPrerequisite
{
    /// <summary>The job that waits.</summary>
    public Guid JobId { get; set; }

    /// <summary>The job that it waits for.</summary>
    public Guid BeforeId { get; set; }
}
