using System.Text;

namespace Mhim.Tiling.Tests.Slides;

/// <summary>Writes the beginning of a DICOM file: a header of its own, a sequence, the series.</summary>
static class DicomFile
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="series">The series' id.</param>
    /// <param name="implicitTypes">Whether the part behind the header says no types.</param>
    /// <param name="padding">Bytes of pixels.</param>
    internal static void Write(string path, string series, bool implicitTypes = false, int padding = 0)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(new byte[128]);
        writer.Write("DICM"u8);
        Text(0x0002, 0x0010, implicitTypes ? "1.2.840.10008.1.2" : "1.2.840.10008.1.2.1", false);
        // A sequence without lengths that names another series: what was referred to, not what this is.
        Tag(0x0008, 0x1115);
        if (!implicitTypes)
            writer.Write("SQ\0\0"u8);
        writer.Write(uint.MaxValue);
        Tag(0xFFFE, 0xE000);
        writer.Write(uint.MaxValue);
        Text(0x0020, 0x000E, "9.9.9", implicitTypes);
        foreach (ushort end in (ushort[])[0xE00D, 0xE0DD])
        {
            Tag(0xFFFE, end);
            writer.Write(0);
        }
        Text(0x0020, 0x000D, "1.1.1", implicitTypes);
        Text(0x0020, 0x000E, series, implicitTypes);
        writer.Write(new byte[padding]);

        void Tag(ushort group, ushort element)
        {
            writer.Write(group);
            writer.Write(element);
        }

        void Text(ushort group, ushort element, string text, bool untyped)
        {
            var bytes = Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + "\0");
            Tag(group, element);
            if (untyped)
                writer.Write(bytes.Length);
            else
            {
                writer.Write("UI"u8);
                writer.Write((ushort)bytes.Length);
            }
            writer.Write(bytes);
        }
    }
}
