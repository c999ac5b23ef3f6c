using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferEngine.Perf.Trees;

/// <summary>
/// Repeatable random bytes at memory speed: xoshiro256** (Blackman and Vigna), seeded through splitmix64.
/// <see cref="Random"/> with a seed is several times slower and its sequence isn't promised between runtimes.
/// </summary>
internal sealed class Noise
{
    private ulong a, b, c, d;

    public Noise(ulong seed)
    {
        a = SplitMix(ref seed);
        b = SplitMix(ref seed);
        c = SplitMix(ref seed);
        d = SplitMix(ref seed);
    }

    public void Fill(Span<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (var i = 0; i < words.Length; i++)
            words[i] = Next();
        Span<byte> last = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
        var rest = bytes[(words.Length * sizeof(ulong))..];
        last[..rest.Length].CopyTo(rest);
    }

    /// <summary>True in <paramref name="percent"/> of a hundred calls.</summary>
    public bool Chance(int percent) => Next() % 100 < (ulong)percent;

    /// <summary>A size between the bounds, as likely to lie in one doubling as in any other.</summary>
    public long LogUniform(long from, long to) =>
        (long)(from * Math.Pow((double)to / from, (Next() >> 11) / (double)(1UL << 53)));

    private ulong Next()
    {
        var result = BitOperations.RotateLeft(b * 5, 7) * 9;
        var shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
