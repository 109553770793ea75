using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// Copies an ELF64 library with one of its symbol-version needs marked weak, when the system's library does not define that version.
public sealed class WeakenVersionNeed : Task
{
    const uint ShtGnuVerneed = 0x6ffffffe;
    const ushort VerFlgWeak = 2;

    [Required] public string Source { get; set; } = "";
    [Required] public string Destination { get; set; } = "";
    [Required] public string Version { get; set; } = "";
    [Required] public string SystemLibrary { get; set; } = "";

    public override bool Execute()
    {
        var systemLibrary = File.ReadAllBytes(SystemLibrary.Split(';')[0]);
        if (Contains(systemLibrary, Encoding.ASCII.GetBytes(Version + "\0")))
        {
            File.Delete(Destination);
            return true;
        }

        if (File.Exists(Destination) && File.GetLastWriteTimeUtc(Destination) >= File.GetLastWriteTimeUtc(Source))
            return true;

        var elf = File.ReadAllBytes(Source);
        if (!Weaken(elf))
        {
            Log.LogError("{0} has no version need {1}: the package changed, and build/TorchNatives.targets with it must be looked at.", Source, Version);
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        // Written beside and renamed: the output folder may hold hard links to an earlier copy.
        var temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, elf);
        File.Delete(Destination);
        File.Move(temporary, Destination);
        Log.LogMessage(MessageImportance.High, "libstdc++ here lacks {0}: {1} takes a copy that does not insist on it.", Version, Path.GetFileName(Source));
        return true;
    }

    // Elf64_Shdr: type at +4, offset +24, size +32, link +40, info +44 (count of Verneed).
    // Verneed: cnt +2, aux +8, next +12. Vernaux: flags +4, name +8, next +12.
    bool Weaken(byte[] elf)
    {
        long sections = BitConverter.ToInt64(elf, 0x28);
        int sectionSize = BitConverter.ToUInt16(elf, 0x3A), sectionCount = BitConverter.ToUInt16(elf, 0x3C);
        bool found = false;
        for (int s = 0; s < sectionCount; s++)
        {
            int header = (int)(sections + (long)s * sectionSize);
            if (BitConverter.ToUInt32(elf, header + 4) != ShtGnuVerneed)
                continue;
            int need = (int)BitConverter.ToInt64(elf, header + 24);
            int strings = (int)(sections + (long)BitConverter.ToUInt32(elf, header + 40) * sectionSize);
            int names = (int)BitConverter.ToInt64(elf, strings + 24);
            for (uint n = 0; n < BitConverter.ToUInt32(elf, header + 44); n++)
            {
                int aux = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (int a = 0; a < BitConverter.ToUInt16(elf, need + 2); a++)
                {
                    if (NameAt(elf, names + (int)BitConverter.ToUInt32(elf, aux + 8)) == Version)
                    {
                        elf[aux + 4] |= (byte)VerFlgWeak;
                        found = true;
                    }
                    aux += (int)BitConverter.ToUInt32(elf, aux + 12);
                }
                need += (int)BitConverter.ToUInt32(elf, need + 12);
            }
        }
        return found;
    }

    static string NameAt(byte[] elf, int start)
    {
        int end = start;
        while (elf[end] != 0) end++;
        return Encoding.ASCII.GetString(elf, start, end - start);
    }

    static bool Contains(byte[] text, byte[] word)
    {
        for (int i = 0; i + word.Length <= text.Length; i++)
        {
            int k = 0;
            while (k < word.Length && text[i + k] == word[k]) k++;
            if (k == word.Length) return true;
        }
        return false;
    }
}
