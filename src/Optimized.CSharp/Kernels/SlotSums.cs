using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Two binary64 sums for every position of a row or every channel, Σdy and Σdy·x̂, in memory of their own. Each takes
/// <see cref="PlaneOf"/> numbers twice: the sums, then what their additions dropped (used by f64 alone).
/// </summary>
internal unsafe struct SlotSums
{
    public SlotPlane OfDy;
    public SlotPlane OfProducts;

    public SlotSums(double* memory, int slots)
    {
        var plane = PlaneOf(slots);
        OfDy = new() { Sums = memory, Lost = memory + plane };
        OfProducts = new() { Sums = memory + (2 * plane), Lost = memory + (3 * plane) };
    }

    /// <summary>Numbers that <paramref name="slots"/> slots need in all.</summary>
    public static nint SizeOf(int slots) => 4 * PlaneOf(slots);

    /// <summary>Whole packs, so that kernels need not care about the last one.</summary>
    private static nint PlaneOf(int slots) =>
        (slots + (2 * PackSizes.Lanes) - 1) / PackSizes.Lanes * PackSizes.Lanes;
}

/// <summary>One sum for every slot.</summary>
internal unsafe struct SlotPlane
{
    public double* Sums;
    public double* Lost;

    public readonly void Clear(nint first, nint count)
    {
        // Kernels write whole packs: what follows the last slot is theirs too.
        var bytes = (nuint)(
            (count + PackSizes.Lanes - 1) / PackSizes.Lanes * PackSizes.Lanes * sizeof(double)
        );
        NativeMemory.Clear(Sums + first, bytes);
        NativeMemory.Clear(Lost + first, bytes);
    }

    /// <summary>The sum; what is lost in an overflow says nothing.</summary>
    public readonly double this[nint slot] =>
        double.IsFinite(Lost[slot]) ? Sums[slot] + Lost[slot] : Sums[slot];
}

/// <summary>Adds packs of terms to the sums of as many neighbouring slots.</summary>
internal static unsafe class SlotSums<TPack, TWide, TSum>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
{
    /// <summary>Four terms a slot, added as the tier adds four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(in SlotPlane plane, nint slot, TPack a, TPack b, TPack c, TPack d)
    {
        TSum.OfFour(a, b, c, d, out var high, out var low);
        Close(plane, slot, high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(in SlotPlane plane, nint slot, TPack term)
    {
        Close(plane, slot, TPack.Widen(term), default);
    }

    /// <summary>Adds the sums of another plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Merge(in SlotPlane plane, in SlotPlane other, nint slot)
    {
        var low = TSum.Corrects ? TWide.LoadDouble(other.Lost + slot) : default;
        Close(plane, slot, TWide.LoadDouble(other.Sums + slot), low);
    }

    /// <summary>Adds a finished sum of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Close(in SlotPlane plane, nint slot, in TSum sum)
    {
        sum.Lanes(out var high, out var low);
        Close(plane, slot, high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Close(in SlotPlane plane, nint slot, TWide high, TWide low)
    {
        var total = TWide.LoadDouble(plane.Sums + slot);
        if (!TSum.Corrects)
        {
            TWide.StoreDouble(total + high, plane.Sums + slot);
            return;
        }

        var next = total + high;
        var part = next - total;
        var lost = total - (next - part) + (high - part) + low;
        TWide.StoreDouble(next, plane.Sums + slot);
        TWide.StoreDouble(TWide.LoadDouble(plane.Lost + slot) + lost, plane.Lost + slot);
    }
}
