namespace Mhim.Tiling.Tissue;

/// <summary>
/// Tells pen ink from stain by how a colour absorbs: optical densities of red, green and blue light and their ratios, which do not change with
/// the thickness of stain or ink. Haematoxylin and eosin both absorb green most (Ruifrok and Johnston 2001: 0.65, 0.70, 0.29 and 0.07, 0.99,
/// 0.11), so do their mixtures; red over green stays under 1.2 even for blue haematoxylin, blue over green under 0.65. Blue and green ink
/// absorb red most, red ink absorbs blue as much as green, black ink everything. Melanin is brown: it absorbs blue more than green.
/// </summary>
/// <param name="R">Optical density (decadic) of red light, 0 or more.</param>
/// <param name="G">Of green light.</param>
/// <param name="B">Of blue light.</param>
internal readonly record struct InkColour(float R, float G, float B)
{
    /// <summary>Without doubt an ink, or a grey.</summary>
    internal Artefact Certain()
    {
        if (R > 0.25f && R > 1.45f * G && B <= 0.75f * G)
            return Artefact.BluePen;
        if (R > 0.25f && R > 1.3f * G && B > 0.75f * G)
            return Artefact.GreenPen;
        if (G > 0.45f && B > 0.78f * G && B < 1.1f * G && R < 0.3f * G)
            return Artefact.RedPen;
        if (Math.Min(R, B) > 0.45f && R > 0.55f * G && R < 1.3f * G && B > 0.64f * G && B < 1.03f * G)
            return Artefact.BlackPen;
        return Grey(0.08f, 0.78f) ? Artefact.DarkEdge : Artefact.None;
    }

    /// <summary>Whether it may be the pale rim of a mark, or tissue that shines through it; counts only where it touches what is certain.</summary>
    internal bool Fades(Artefact ink) => ink switch
    {
        Artefact.BluePen => R > 0.06f && R > 1.2f * G && B < 0.85f * G,
        Artefact.GreenPen => (R > 0.06f && R > 1.08f * G || R > 0.3f && R > 0.8f * G) && B > 0.65f * G,
        Artefact.RedPen => G > 0.15f && B > 0.66f * G && R < 0.16f * G || G > 0.45f && B > 0.7f * G && R < 0.6f * G,
        Artefact.BlackPen => Math.Min(R, B) > 0.2f && R > 0.5f * G && B > 0.6f * G && B < 1.08f * G,
        Artefact.DarkEdge => Grey(0.04f, 0.75f),
        _ => false,
    };

    /// <summary>
    /// Whether it may be ink over tissue or a halo, of a colour that stain may have too: thin red ink over tissue looks like eosin. Counts only
    /// within <see cref="ArtefactFinder.Reach"/> of what is ink.
    /// </summary>
    internal bool MayBe(Artefact ink) => ink switch
    {
        Artefact.BluePen => R > 0.03f && R > 1.1f * G,
        Artefact.GreenPen => R > 0.03f && R > 1.02f * G && B > 0.6f * G,
        Artefact.RedPen => G > 0.05f && B > 0.61f * G && R < 0.33f * G,
        Artefact.BlackPen => Math.Min(R, B) > 0.12f && R > 0.55f * G && B > 0.62f * G,
        _ => false,
    };

    bool Grey(float least, float evenness) =>
        R + G + B > 3 * least && Math.Min(R, Math.Min(G, B)) > evenness * Math.Max(R, Math.Max(G, B));
}
