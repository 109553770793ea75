namespace Mhim.Data.Entities;

/// <summary>A process that takes jobs up, as long as it says that it lives.</summary>
public sealed class Worker
{
    /// <summary>Drawn anew by every process.</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The machine it runs on.</summary>
    public required string Host { get; set; }

    /// <summary>Its number there.</summary>
    public int ProcessId { get; set; }

    /// <summary>The queues it works on, joined by a comma.</summary>
    public required string Queues { get; set; }

    /// <summary>Where its models run: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    public required string Device { get; set; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; set; }

    /// <summary>When it started, UTC.</summary>
    public DateTime StartedAt { get; set; } = DateTime.UtcNow;

    /// <summary>When it last said that it lives, UTC.</summary>
    public DateTime SeenAt { get; set; } = DateTime.UtcNow;
}
