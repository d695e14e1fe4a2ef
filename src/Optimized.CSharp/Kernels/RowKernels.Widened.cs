using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// A forward of rows whose elements are narrower than the lanes that compute. They are widened once, into an array of lanes in
/// the first-level cache, and γ and β once a call: a conversion takes as long as an addition and a half. Such arrays have room
/// for whole packs.
/// </summary>
internal static unsafe partial class RowKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>Parameters as lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void WidenParameters(byte* parameters, int length, byte* lanes)
    {
        nint i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            StoreLanes(Parameter(parameters, i), lanes, i);
        }

        if (i < length)
        {
            var last = TStored.LoadParameter<TPack, TWide>(parameters, i, length - (int)i);
            StoreLanes(last, lanes, i);
        }
    }

    /// <summary>Elements as lanes, with zeros up to a whole pack. Returns Σx.</summary>
    /// <param name="x">The first element.</param>
    /// <param name="least">The smallest abs(x) that is not 0; ∞ where nobody asks.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Extended Widen(byte* x, int length, byte* lanes, out double least)
    {
        var sum = TSum.Zero;
        var smallest = SmallestElement<TStored>.None;
        nint i = 0;
        for (; i <= length - Turn; i += Turn)
        {
            var a = Load(x, i);
            var b = Load(x, i + Lanes);
            var c = Load(x, i + (2 * Lanes));
            var d = Load(x, i + (3 * Lanes));
            if (Watches)
            {
                smallest = smallest.AndFour(x, i, Lanes);
            }

            StoreLanes(a, lanes, i);
            StoreLanes(b, lanes, i + Lanes);
            StoreLanes(c, lanes, i + (2 * Lanes));
            StoreLanes(d, lanes, i + (3 * Lanes));
            sum.Add(a, b, c, d);
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            var a = Load(x, i);
            if (Watches)
            {
                smallest = smallest.And(x, i);
            }

            StoreLanes(a, lanes, i);
            sum.Add(a);
        }

        if (i < length)
        {
            var count = length - (int)i;
            var a = TStored.Load<TPack, TWide>(x, i, count);
            if (Watches)
            {
                smallest = smallest.And(x, i, count);
            }

            StoreLanes(a, lanes, i);
            sum.Add(a);
        }

        least = Watches ? smallest.Least() : double.PositiveInfinity;
        return sum.Total();
    }

    /// <summary>Σ(x − pivot)², see <see cref="RunKernels{TPack,TWide,TSum,TStored}.Squares"/>.</summary>
    /// <param name="x">Where the elements come from: they are not read again, but what lies ahead is fetched.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Extended SquaresOfLanes(
        byte* lanes,
        int length,
        Extended pivot,
        byte* x,
        Ahead ahead
    )
    {
        var sum = TSum.Zero;
        var mean = TPack.Of(pivot.Hi);
        var rest = TPack.Of(pivot.Lo);
        nint i = 0;
        for (; i <= length - Turn; i += Turn)
        {
            ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
            sum.AddSquares(
                Deviation(TPack.LoadLanes(lanes, i), mean, rest),
                Deviation(TPack.LoadLanes(lanes, i + Lanes), mean, rest),
                Deviation(TPack.LoadLanes(lanes, i + (2 * Lanes)), mean, rest),
                Deviation(TPack.LoadLanes(lanes, i + (3 * Lanes)), mean, rest)
            );
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            sum.AddSquare(Deviation(TPack.LoadLanes(lanes, i), mean, rest));
        }

        if (i < length)
        {
            var a = Deviation(TPack.LoadLanes(lanes, i), mean, rest);
            sum.AddSquare(TPack.Keep(a, length - (int)i));
        }

        return sum.Total();
    }

    /// <summary>y = x̂·γ + β, all of them as lanes.</summary>
    /// <param name="x">Where the elements come from, see <see cref="SquaresOfLanes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void ApplyLanes(
        byte* lanes,
        byte* y,
        nint to,
        int length,
        in Centre centre,
        byte* gamma,
        byte* beta,
        byte* x,
        Ahead ahead
    )
    {
        var mean = TPack.Of(centre.Mean);
        var rest = TPack.Of(centre.Rest);
        var inverse = TPack.Of(centre.InverseStd);
        nint i = 0;
        for (; i <= length - Turn; )
        {
            ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
            for (var end = i + Turn; i < end; i += Lanes)
            {
                var a = TPack.Fma(TPack.LoadLanes(lanes, i) - mean, inverse, rest);
                a = TPack.Fma(a, TPack.LoadLanes(gamma, i), TPack.LoadLanes(beta, i));
                Store(a, y, to + i);
            }
        }

        for (; i < length; i += Lanes)
        {
            var a = TPack.Fma(TPack.LoadLanes(lanes, i) - mean, inverse, rest);
            a = TPack.Fma(a, TPack.LoadLanes(gamma, i), TPack.LoadLanes(beta, i));
            if (i <= length - Lanes)
            {
                Store(a, y, to + i);
            }
            else
            {
                TStored.Store<TPack, TWide>(a, y, to + i, length - (int)i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreLanes(TPack pack, byte* lanes, nint index)
    {
        if (TPack.LaneBytes == sizeof(double))
        {
            TPack.StoreDouble(pack, (double*)lanes + index);
        }
        else
        {
            TPack.StoreSingle(pack, (float*)lanes + index);
        }
    }
}
