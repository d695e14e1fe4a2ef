namespace NormCheck.Verification.Cases;

/// <summary>
/// xoshiro256** (D. Blackman and S. Vigna 2018), seeded by SplitMix64. Everything here is integer arithmetic and exact
/// binary64 operations, so a seed means the same bits on every machine.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public SeededRandom(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>A stream of its own for every combination of keys.</summary>
    public static SeededRandom For(ulong seed, params ReadOnlySpan<ulong> keys)
    {
        foreach (var key in keys)
        {
            seed = SplitMix(ref seed) ^ key;
        }

        return new SeededRandom(seed);
    }

    public ulong Bits()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double Uniform() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>Uniform among 0 … count − 1.</summary>
    public int Below(int count) => (int)(Uniform() * count);

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>
    /// Nearly normal with mean 0 and variance 1: the sum of twelve uniforms less 6, which needs no library function
    /// whose last bit differs between machines. Never beyond ±6.
    /// </summary>
    public double Normal()
    {
        long total = 0;
        for (var k = 0; k < 3; k++)
        {
            var bits = Bits();
            total += (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF);
            total += (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        }

        return ((total + 6) / 65536.0) - 6;
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
