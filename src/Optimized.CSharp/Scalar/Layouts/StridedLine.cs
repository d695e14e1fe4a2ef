using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Layouts;

/// <summary>Elements at equal distances in memory.</summary>
internal static class StridedLine<TStored, T, TStorage>
    where TStored : unmanaged
    where T : unmanaged
    where TStorage : IStorage<TStored, T>
{
    public static void Gather(ReadOnlySpan<TStored> memory, long first, long stride, Span<T> into)
    {
        if (stride == 1)
        {
            var source = memory.Slice((int)first, into.Length);
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = TStorage.Widen(source[i]);
            }

            return;
        }

        for (var i = 0; i < into.Length; i++, first += stride)
        {
            into[i] = TStorage.Widen(memory[(int)first]);
        }
    }

    public static void Scatter(ReadOnlySpan<T> from, Span<TStored> memory, long first, long stride)
    {
        if (stride == 1)
        {
            var target = memory.Slice((int)first, from.Length);
            for (var i = 0; i < from.Length; i++)
            {
                target[i] = TStorage.Narrow(from[i]);
            }

            return;
        }

        for (var i = 0; i < from.Length; i++, first += stride)
        {
            memory[(int)first] = TStorage.Narrow(from[i]);
        }
    }
}
