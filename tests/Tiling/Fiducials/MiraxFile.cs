using System.Text;
using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Tests.Fiducials;

/// <summary>
/// Writes a small MIRAX slide as OpenSlide reads it: <c>Slidedat.ini</c>, <c>Index.dat</c>, <c>Data0000.dat</c>, PNG images of 128 pixels without overlap.
/// Images outside the scanned part are left out, as a scanner leaves them out, so that OpenSlide tells bounds.
/// </summary>
static class MiraxFile
{
    internal const int Side = 128;
    const string Id = "00112233445566778899AABBCCDDEEFF";

    /// <summary>Writes it.</summary>
    /// <param name="path">The <c>.mrxs</c> file; a folder of the same name without the ending comes beside it.</param>
    /// <param name="picture">Level 0; whole images across and down.</param>
    /// <param name="levels">How many, each half of the one before.</param>
    /// <param name="scanned">In images: the part that is there.</param>
    /// <param name="objective">The objective that it names; null: the one after which the resolution is called.</param>
    internal static void Write(string path, FiducialPicture picture, int levels, (int Left, int Top, int Right, int Bottom) scanned, int? objective = null)
    {
        int across = picture.Width / Side, down = picture.Height / Side;
        var folder = Directory.CreateDirectory(Path.ChangeExtension(path, null)).FullName;
        using var data = new MemoryStream();
        var pages = new List<List<(int Index, int Offset, int Length)>>();
        for (int level = 0; level < levels; level++)
        {
            int step = 1 << level;
            var page = new List<(int, int, int)>();
            for (int y = 0; y < down; y += step)
                for (int x = 0; x < across; x += step)
                {
                    if (x + step <= scanned.Left || x >= scanned.Right || y + step <= scanned.Top || y >= scanned.Bottom)
                        continue;
                    var png = new RgbImage(Side, Side, picture.Shrunk(step, x / step * Side, y / step * Side, Side, Side)).ToPng();
                    page.Add((y * across + x, (int)data.Length, png.Length));
                    data.Write(png);
                }
            pages.Add(page);
        }
        File.WriteAllBytes(path, [0]);
        File.WriteAllBytes(Path.Combine(folder, "Data0000.dat"), data.ToArray());
        File.WriteAllBytes(Path.Combine(folder, "Index.dat"), Index(pages));
        File.WriteAllText(Path.Combine(folder, "Slidedat.ini"), Ini(across, down, levels, picture.Mpp, objective ?? (int)Math.Round(10 / picture.Mpp)));
    }

    // Version, id, pointer to the list of levels, pointer to other records; a level points to a 0 and its first page.
    static byte[] Index(List<List<(int Index, int Offset, int Length)>> pages)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Encoding.ASCII.GetBytes("01.02" + Id));
        int root = (int)stream.Position, list = root + 8;
        writer.Write(list);
        writer.Write(0);
        int at = list + 4 * pages.Count;
        foreach (var page in pages)
        {
            writer.Write(at);
            at += 8 + 8 + 16 * page.Count;
        }
        foreach (var page in pages)
        {
            writer.Write(0);
            writer.Write((int)stream.Position + 4);
            writer.Write(page.Count);
            writer.Write(0); // no further page
            foreach (var (index, offset, length) in page)
                foreach (int number in (ReadOnlySpan<int>)[index, offset, length, 0])
                    writer.Write(number);
        }
        writer.Flush();
        return stream.ToArray();
    }

    static string Ini(int across, int down, int levels, double mpp, int objective)
    {
        var ini = new StringBuilder($"""
            [GENERAL]
            SLIDE_VERSION=01.02
            SLIDE_ID={Id}
            IMAGENUMBER_X={across}
            IMAGENUMBER_Y={down}
            OBJECTIVE_MAGNIFICATION={objective}
            CameraImageDivisionsPerSide=1
            [HIERARCHICAL]
            HIER_COUNT=1
            NONHIER_COUNT=0
            INDEXFILE=Index.dat
            HIER_0_NAME=Slide zoom level
            HIER_0_COUNT={levels}

            """);
        for (int level = 0; level < levels; level++)
            ini.Append($"HIER_0_VAL_{level}_SECTION=LEVEL_{level}\n");
        ini.Append("[DATAFILE]\nFILE_COUNT=1\nFILE_0=Data0000.dat\n");
        for (int level = 0; level < levels; level++)
            ini.Append($"""
                [LEVEL_{level}]
                IMAGE_CONCAT_FACTOR={(level == 0 ? 0 : 1)}
                OVERLAP_X=0
                OVERLAP_Y=0
                MICROMETER_PER_PIXEL_X={mpp * (1 << level)}
                MICROMETER_PER_PIXEL_Y={mpp * (1 << level)}
                IMAGE_FILL_COLOR_BGR=16777215
                DIGITIZER_WIDTH={Side}
                DIGITIZER_HEIGHT={Side}
                IMAGE_FORMAT=PNG

                """);
        return ini.ToString();
    }
}
