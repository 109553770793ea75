namespace Mhim.Tiling.Tissue;

/// <summary>What lies on a slide and is no tissue, though it has colour or shade.</summary>
public enum Artefact : byte
{
    /// <summary>Glass or tissue.</summary>
    None,

    /// <summary>A mark of a blue pen.</summary>
    BluePen,

    /// <summary>A mark of a green pen.</summary>
    GreenPen,

    /// <summary>A mark of a red pen.</summary>
    RedPen,

    /// <summary>A mark of a black pen.</summary>
    BlackPen,

    /// <summary>Grey: an edge of the slide or the cover slip, the rim of an air bubble, a shadow.</summary>
    DarkEdge,
}
