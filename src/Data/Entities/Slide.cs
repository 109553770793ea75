namespace Mhim.Data.Entities;

/// <summary>Where a slide stands on its way to features.</summary>
public enum SlideState
{
    /// <summary>Its resolution is missing or not to be believed; nothing happens until its owner states one.</summary>
    NeedsMpp,

    /// <summary>Its tile and extract jobs are waiting or at work.</summary>
    Processing,

    /// <summary>Features are there; predictions can be made.</summary>
    Ready,

    /// <summary>A job of it failed; the job has the reason.</summary>
    Failed,
}

/// <summary>A slide that somebody uploaded. Known by its content hash and by the name its owner gave; both are unique.</summary>
public sealed class Slide
{
    /// <summary>Time-ordered id (UUID version 7), or that of the upload in pieces that it came as.</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The slide id that label tables use, matched exactly: the file name without extension unless the owner gave another.</summary>
    public required string Name { get; set; }

    /// <summary>The name of the uploaded file, for display only; never part of a path.</summary>
    public required string FileName { get; set; }

    /// <summary>SHA-256 of the content, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; set; }

    /// <summary>Bytes.</summary>
    public long Size { get; set; }

    /// <summary>Where it stands.</summary>
    public SlideState State { get; set; }

    /// <summary>Why it stands still (<see cref="SlideState.NeedsMpp"/>, <see cref="SlideState.Failed"/>): a stable word.</summary>
    public string? ProblemCode { get; set; }

    /// <summary>The same as a sentence for people.</summary>
    public string? Problem { get; set; }

    /// <summary>Resolution of level 0, µm per pixel; null while unknown.</summary>
    public double? Mpp { get; set; }

    /// <summary>What said so: a key of the file, or <c>user</c>.</summary>
    public string? MppSource { get; set; }

    /// <summary>The encoder that its owner chose; null: the service's own choice.</summary>
    public string? EncoderId { get; set; }

    /// <summary>Its owner says that it is to be used whatever its stain: without it, unstained and fluorescence slides are refused.</summary>
    public bool AnyStain { get; set; }

    /// <summary>Scanner family as OpenSlide names it.</summary>
    public required string Vendor { get; set; }

    /// <summary>Width of level 0, pixels.</summary>
    public long Width { get; set; }

    /// <summary>Height of level 0, pixels.</summary>
    public long Height { get; set; }

    /// <summary>Levels of the pyramid.</summary>
    public int Levels { get; set; }

    /// <summary>Objective power if the file states one.</summary>
    public double? ObjectivePower { get; set; }

    /// <summary>Share of the slide that is tissue, 0 to 1; null until tiled.</summary>
    public double? TissueShare { get; set; }

    /// <summary>Tiles in the grid; null until tiled.</summary>
    public int? TileCount { get; set; }

    /// <summary>Blob key of the slide file.</summary>
    public required string BlobKey { get; set; }

    /// <summary>When it was uploaded, UTC.</summary>
    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;
}
