namespace Mhim.Mil.Training;

/// <summary>Independent seeds and small random choices out of one seed (SplitMix64), the same on every machine.</summary>
internal static class Seeds
{
    /// <summary>A seed for one purpose out of a seed and the numbers that name the purpose; never negative.</summary>
    public static long Mix(ulong seed, params ReadOnlySpan<ulong> purpose)
    {
        var state = Next(seed);
        foreach (var word in purpose)
            state = Next(state ^ (word + 0x9E3779B97F4A7C15));
        return (long)(state >> 1);
    }

    /// <summary>A random order of 0..count−1 (Fisher–Yates).</summary>
    public static int[] Order(int count, ulong seed)
    {
        var order = Enumerable.Range(0, count).ToArray();
        var state = seed;
        for (var i = count - 1; i > 0; i--)
        {
            state = Next(state);
            var j = (int)(state % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>Mixes a counter into 64 random bits.</summary>
    public static ulong Next(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
