namespace Mhim.Tiling.Synthetic;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014). Our own, so that a seed draws the same slide with every version of .NET.</summary>
internal sealed class SyntheticRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>0 to below 1.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    public float Between(float low, float high) => low + (high - low) * Unit();

    /// <summary>0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    public bool Chance(float probability) => Unit() < probability;

    public float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - Unit())) * MathF.Cos(2 * MathF.PI * Unit());

    /// <summary>Around 1; <paramref name="spread"/> is the sd of the logarithm.</summary>
    public float LogNormal(float spread) => MathF.Exp(spread * Normal());
}
