using Mhim.Features;
using Mhim.Tiling.Slides;

namespace Mhim.Tiling.Tissue;

/// <summary>Tells tissue from glass on a slide.</summary>
public static class TissueFinder
{
    /// <summary>Finds the tissue. The mask may be empty: <see cref="TissueMask.Stages"/> says at which stage it became so.</summary>
    /// <param name="slide">An open slide.</param>
    /// <param name="options">Thresholds; see the presets of <see cref="TissueOptions"/>.</param>
    /// <exception cref="InputException"><c>slide-unreadable</c>; <c>tissue-option</c>: a threshold is out of its range.</exception>
    public static TissueMask Find(ISlide slide, TissueOptions options) => throw new NotImplementedException();
}
