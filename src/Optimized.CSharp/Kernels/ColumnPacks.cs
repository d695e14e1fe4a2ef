using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>How loops down columns read: a pack of neighbouring columns, row after row.</summary>
internal static unsafe class ColumnPacks<TPack, TWide, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TStored : struct, IStored
{
    /// <param name="left">Columns up to the end: fewer than a pack where that is what the loop takes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack At<TPart>(byte* memory, int left)
        where TPart : struct, IColumnPart =>
        TPart.IsWhole
            ? TStored.Load<TPack, TWide>(memory, 0)
            : TStored.Load<TPack, TWide>(memory, 0, left);

    /// <summary>The pack at a row, which becomes the next one.</summary>
    /// <param name="step">Bytes from a row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Next<TPart>(ref byte* row, nint step, int left)
        where TPart : struct, IColumnPart
    {
        var pack = At<TPart>(row, left);
        row += step;
        return pack;
    }

    /// <summary>A pack with zeros beyond the columns that there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Keep<TPart>(TPack pack, int left)
        where TPart : struct, IColumnPart => TPart.IsWhole ? pack : TPack.Keep(pack, left);
}
