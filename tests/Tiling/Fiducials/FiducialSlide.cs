using Mhim.Tiling.Slides;
using NetVips;

namespace Mhim.Tiling.Tests.Fiducials;

/// <summary>How the fiducials are stored.</summary>
public enum Storage
{
    /// <summary>Lossless tiled TIFF: OpenSlide alone.</summary>
    Deflate,

    /// <summary>Tiled JPEG TIFF: the fast reader.</summary>
    Jpeg,

    /// <summary>MIRAX, of which only a part was scanned.</summary>
    MiraxWithBounds,
}

/// <summary>A slide file with numbered fiducials, open.</summary>
sealed class FiducialSlide : IDisposable
{
    const int Levels = 5, Across = 1536, Down = 1280; // divisible by all factors of the pyramid

    readonly string folder = Directory.CreateTempSubdirectory("mhim-fiducials-").FullName;

    internal FiducialSlide(Storage storage, double mpp)
    {
        if (storage == Storage.MiraxWithBounds)
        {
            // Bounds that lie on no image of the coarse levels.
            int left = 3 * MiraxFile.Side, top = 5 * MiraxFile.Side;
            Picture = new FiducialPicture(20 * MiraxFile.Side, 16 * MiraxFile.Side, mpp, left, top, left + Across, top + Down);
            Bounds = new SlideBounds(left, top, Across, Down);
            var path = Path.Combine(folder, "fiducials.mrxs");
            MiraxFile.Write(path, Picture, Levels, (3, 5, 3 + Across / MiraxFile.Side, 5 + Down / MiraxFile.Side));
            Slide = SlideFile.Open(path);
        }
        else
        {
            Picture = new FiducialPicture(Across, Down, mpp, 0, 0, Across, Down);
            var path = Path.Combine(folder, "fiducials.tif");
            using var image = Image.NewFromMemory(Picture.Bytes, Across, Down, 3, Enums.BandFormat.Uchar);
            using var named = image.Copy(interpretation: Enums.Interpretation.Srgb);
            named.Tiffsave(path, compression: storage == Storage.Jpeg ? Enums.ForeignTiffCompression.Jpeg : Enums.ForeignTiffCompression.Deflate, q: 98,
                tile: true, tileWidth: 128, tileHeight: 128, pyramid: true, resunit: Enums.ForeignTiffResunit.Cm, xres: 1000 / mpp, yres: 1000 / mpp);
            Slide = SlideFile.Open(path);
        }
    }

    internal FiducialPicture Picture { get; }

    internal ISlide Slide { get; }

    internal SlideBounds? Bounds { get; }

    public void Dispose()
    {
        Slide.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
