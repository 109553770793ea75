using System.Buffers.Binary;

namespace Mhim.Benchmarks;

/// <summary>What is done to a healthy file; everything follows from the case's number.</summary>
internal static class FuzzSlidesMutation
{
    internal static readonly string[] Kinds = ["bytes flipped", "head flipped", "cut", "tags changed", "zeroed", "moved", "out and in"];

    private static readonly long[] Telling = [0, 1, 2, 3, 7, 255, 256, 65535, 65536, int.MaxValue, uint.MaxValue, 0x8000_0000, 0xFFFF_FFF0, 1 << 24, 33003, 33005, 34712];

    /// <summary>The mutated content.</summary>
    /// <param name="content">Healthy.</param>
    /// <param name="kind">Place in <see cref="Kinds"/>.</param>
    /// <param name="random">The case's.</param>
    internal static byte[] Apply(byte[] content, int kind, Random random)
    {
        var bytes = (byte[])content.Clone();
        if (bytes.Length == 0)
            return [1];
        switch (kind)
        {
            case 0:
                for (int i = 1 << random.Next(9); i > 0; i--)
                    bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                return bytes;
            case 1: // where directories, markers and tables begin
                int start = random.Next(3) == 0 ? Math.Max(0, bytes.Length - 4096) : 0;
                for (int i = random.Next(1, 12); i > 0; i--)
                    bytes[start + random.Next(Math.Min(4096, bytes.Length - start))] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..random.Next(bytes.Length)];
            case 3:
                var entries = Entries(bytes);
                if (entries.Count == 0)
                    return Apply(content, 1, random);
                for (int i = random.Next(1, 4); i > 0; i--)
                    Change(bytes, entries[random.Next(entries.Count)], random);
                return bytes;
            case 4:
                int from = random.Next(bytes.Length);
                bytes.AsSpan(from, Math.Min(1 << random.Next(2, 16), bytes.Length - from)).Fill((byte)(random.Next(2) * 255));
                return bytes;
            case 5:
                int length = random.Next(1, Math.Min(1 << 14, bytes.Length)), source = random.Next(bytes.Length - length + 1), target = random.Next(bytes.Length - length + 1);
                bytes.AsSpan(source, length).CopyTo(bytes.AsSpan(target));
                return bytes;
            default:
                int at = random.Next(bytes.Length), taken = Math.Min(random.Next(4096), bytes.Length - at);
                var put = new byte[random.Next(2) * random.Next(4096)];
                random.NextBytes(put);
                return [.. bytes[..at], .. put, .. bytes[(at + taken)..]];
        }
    }

    // Tag, type, count or value of a directory entry becomes something telling.
    private static void Change(byte[] bytes, Entry entry, Random random)
    {
        int field = random.Next(8);
        var (at, size) = field switch
        {
            0 => (entry.At, 2),
            1 => (entry.At + 2, 2),
            2 or 3 => (entry.At + 4, entry.Big ? 8 : 4),
            _ => (entry.At + (entry.Big ? 12 : 8), entry.Big ? 8 : 4),
        };
        var span = bytes.AsSpan(at, size);
        long old = Number(span, entry.Little);
        long value = random.Next(6) switch
        {
            0 => old + 1,
            1 => old - 1,
            2 => old * 2,
            3 => random.Next(bytes.Length),
            _ => Telling[random.Next(Telling.Length)],
        };
        for (int i = 0; i < size; i++)
            span[entry.Little ? i : size - 1 - i] = (byte)(value >> (8 * i));
    }

    private readonly record struct Entry(int At, bool Big, bool Little);

    private static List<Entry> Entries(byte[] bytes)
    {
        var entries = new List<Entry>();
        if (bytes.Length < 16 || bytes[0] != bytes[1] || bytes[0] is not ((byte)'I' or (byte)'M'))
            return entries;
        bool little = bytes[0] == 'I', big = Number(bytes.AsSpan(2, 2), little) == 43;
        int pointer = big ? 8 : 4, width = big ? 8 : 4, countWidth = big ? 8 : 2, entryWidth = big ? 20 : 12;
        for (int directories = 0; directories < 64; directories++)
        {
            long at = Number(bytes.AsSpan(pointer, width), little);
            if (at <= 0 || at + countWidth > bytes.Length)
                return entries;
            long count = Number(bytes.AsSpan((int)at, countWidth), little);
            if (count is < 0 or > 1000 || at + countWidth + count * entryWidth + width > bytes.Length)
                return entries;
            for (int i = 0; i < count; i++)
                entries.Add(new Entry((int)at + countWidth + i * entryWidth, big, little));
            pointer = (int)(at + countWidth + count * entryWidth);
        }
        return entries;
    }

    private static long Number(ReadOnlySpan<byte> bytes, bool little) => (bytes.Length, little) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, true) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };
}
