using Mhim.Tiling.Slides;
using Mhim.Tiling.Viewer;

namespace Mhim.Api.Slides;

/// <summary>Keeps the slides that are being looked at open, a few at a time: opening costs more than a tile.</summary>
sealed class SlideViewers : IDisposable
{
    const int Most = 24;
    const int CacheMB = 16; // each: a screen of decoded tiles, and not as much as a walk over a grid comes back to

    readonly Lock gate = new();
    readonly LinkedList<Viewer> viewers = []; // most recently used first

    /// <summary>Borrows a slide's viewer; dispose it to give it back. One that was opened before somebody stated the resolution is no viewer of the slide as it is now.</summary>
    public Loan Borrow(Guid slideId, string path, double? mpp)
    {
        lock (gate)
        {
            var node = viewers.First;
            while (node is not null && (node.Value.SlideId, node.Value.Mpp) != (slideId, mpp))
                node = node.Next;
            if (node is not null)
            {
                viewers.Remove(node);
                viewers.AddFirst(node);
                node.Value.Users++;
                return new Loan(this, node.Value);
            }
        }
        var slide = SlideFile.Open(path, mpp, cacheMB: CacheMB); // outside the lock: may be slow; two at once do no harm
        var viewer = new Viewer(slideId, mpp, slide, DeepZoom.For(slide)) { Users = 1 };
        lock (gate)
        {
            viewers.AddFirst(viewer);
            while (viewers.Count > Most)
                Drop(viewers.Last!.Value);
        }
        return new Loan(this, viewer);
    }

    /// <summary>Lets go of a slide that is being removed.</summary>
    public void Forget(Guid slideId)
    {
        lock (gate)
            foreach (var viewer in viewers.Where(v => v.SlideId == slideId).ToList())
                Drop(viewer);
    }

    public void Dispose()
    {
        lock (gate)
            foreach (var viewer in viewers.ToList())
                Drop(viewer);
    }

    void Drop(Viewer viewer)
    {
        viewers.Remove(viewer);
        viewer.Dropped = true;
        if (viewer.Users == 0)
            viewer.Slide.Dispose();
    }

    void Return(Viewer viewer)
    {
        lock (gate)
            if (--viewer.Users == 0 && viewer.Dropped)
                viewer.Slide.Dispose();
    }

    internal sealed record Viewer(Guid SlideId, double? Mpp, ISlide Slide, DeepZoom DeepZoom)
    {
        public int Users { get; set; }

        public bool Dropped { get; set; }
    }

    internal readonly struct Loan(SlideViewers owner, Viewer viewer) : IDisposable
    {
        public DeepZoom DeepZoom => viewer.DeepZoom;

        public ISlide Slide => viewer.Slide;

        public void Dispose() => owner.Return(viewer);
    }
}
