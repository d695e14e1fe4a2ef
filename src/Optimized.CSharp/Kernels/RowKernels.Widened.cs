using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// A forward of rows as arrays of lanes. Elements narrower than the lanes that compute are widened once, into an array in the
/// first-level cache, and γ and β once a call: a conversion takes as long as an addition and a half. Such arrays have room
/// for whole packs. Others are lanes where they are, and nothing beyond their end is read.
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

    /// <summary>Elements as lanes, see <see cref="Widen"/>. Returns Σx².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Extended WidenAndSquare(byte* x, int length, byte* lanes, Ahead ahead)
    {
        var sum = TSum.Zero;
        nint i = 0;
        for (; i <= length - Turn; i += Turn)
        {
            ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
            var a = Load(x, i);
            var b = Load(x, i + Lanes);
            var c = Load(x, i + (2 * Lanes));
            var d = Load(x, i + (3 * Lanes));
            StoreLanes(a, lanes, i);
            StoreLanes(b, lanes, i + Lanes);
            StoreLanes(c, lanes, i + (2 * Lanes));
            StoreLanes(d, lanes, i + (3 * Lanes));
            sum.AddSquares(a, b, c, d);
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            var a = Load(x, i);
            StoreLanes(a, lanes, i);
            sum.AddSquare(a);
        }

        if (i < length)
        {
            var a = TStored.Load<TPack, TWide>(x, i, length - (int)i);
            StoreLanes(a, lanes, i);
            sum.AddSquare(a);
        }

        return sum.Total();
    }

    /// <summary>Σx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Extended SumOfLanes(byte* lanes, int length)
    {
        var sum = TSum.Zero;
        nint i = 0;
        for (; i <= length - Turn; i += Turn)
        {
            sum.Add(
                TPack.LoadLanes(lanes, i),
                TPack.LoadLanes(lanes, i + Lanes),
                TPack.LoadLanes(lanes, i + (2 * Lanes)),
                TPack.LoadLanes(lanes, i + (3 * Lanes))
            );
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            sum.Add(TPack.LoadLanes(lanes, i));
        }

        if (i < length)
        {
            sum.Add(LastLanes(lanes, i, length - (int)i));
        }

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
            var count = length - (int)i;
            var a = Deviation(LastLanes(lanes, i, count), mean, rest);
            sum.AddSquare(TPack.Keep(a, count));
        }

        return sum.Total();
    }

    /// <summary>y = x̂·γ + β.</summary>
    /// <param name="y">Where results go to, from the first element on.</param>
    /// <param name="x">Where the elements come from, see <see cref="SquaresOfLanes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void ApplyLanes<TParameters, TTarget>(
        byte* lanes,
        byte* y,
        int length,
        in Centre centre,
        byte* gamma,
        byte* beta,
        byte* x,
        Ahead ahead
    )
        where TParameters : struct, IRowParameters<TPack>
        where TTarget : struct, ITarget
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
                a = TPack.Fma(a, TParameters.Load(gamma, i), TParameters.Load(beta, i));
                Store<TTarget>(a, y, i);
            }
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            var a = TPack.Fma(TPack.LoadLanes(lanes, i) - mean, inverse, rest);
            a = TPack.Fma(a, TParameters.Load(gamma, i), TParameters.Load(beta, i));
            Store<TTarget>(a, y, i);
        }

        if (i < length)
        {
            var count = length - (int)i;
            var a = TPack.Fma(LastLanes(lanes, i, count) - mean, inverse, rest);
            a = TPack.Fma(a, TParameters.Load(gamma, i, count), TParameters.Load(beta, i, count));
            TStored.Store<TPack, TWide>(a, y, i, count);
        }
    }

    /// <summary>As <see cref="ApplyLanes{TParameters,TTarget}"/>, of two rows that follow each other: γ and β are loaded once for both.</summary>
    /// <param name="distance">Bytes from the lanes of the first row to those of the second.</param>
    /// <param name="centres">One for every row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void ApplyLanesOfTwo<TParameters, TTarget>(
        byte* lanes,
        nint distance,
        byte* y,
        int length,
        Centre* centres,
        byte* gamma,
        byte* beta,
        byte* x,
        Ahead ahead
    )
        where TParameters : struct, IRowParameters<TPack>
        where TTarget : struct, ITarget
    {
        var mean = TPack.Of(centres[0].Mean);
        var rest = TPack.Of(centres[0].Rest);
        var inverse = TPack.Of(centres[0].InverseStd);
        var nextMean = TPack.Of(centres[1].Mean);
        var nextRest = TPack.Of(centres[1].Rest);
        var nextInverse = TPack.Of(centres[1].InverseStd);
        var next = lanes + distance;
        var nextX = x + ((nint)length * TStored.Bytes);
        var nextY = y + ((nint)length * TStored.Bytes);
        nint i = 0;
        for (; i <= length - Turn; )
        {
            ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
            ahead.Fetch(nextX + (i * TStored.Bytes), TStored.Bytes);
            for (var end = i + Turn; i < end; i += Lanes)
            {
                var scale = TParameters.Load(gamma, i);
                var shift = TParameters.Load(beta, i);
                var a = TPack.Fma(TPack.LoadLanes(lanes, i) - mean, inverse, rest);
                var b = TPack.Fma(TPack.LoadLanes(next, i) - nextMean, nextInverse, nextRest);
                Store<TTarget>(TPack.Fma(a, scale, shift), y, i);
                Store<TTarget>(TPack.Fma(b, scale, shift), nextY, i);
            }
        }

        for (; i <= length - Lanes; i += Lanes)
        {
            var scale = TParameters.Load(gamma, i);
            var shift = TParameters.Load(beta, i);
            var a = TPack.Fma(TPack.LoadLanes(lanes, i) - mean, inverse, rest);
            var b = TPack.Fma(TPack.LoadLanes(next, i) - nextMean, nextInverse, nextRest);
            Store<TTarget>(TPack.Fma(a, scale, shift), y, i);
            Store<TTarget>(TPack.Fma(b, scale, shift), nextY, i);
        }

        if (i < length)
        {
            var count = length - (int)i;
            var scale = TParameters.Load(gamma, i, count);
            var shift = TParameters.Load(beta, i, count);
            var a = TPack.Fma(LastLanes(lanes, i, count) - mean, inverse, rest);
            var b = TPack.Fma(LastLanes(next, i, count) - nextMean, nextInverse, nextRest);
            TStored.Store<TPack, TWide>(TPack.Fma(a, scale, shift), y, i, count);
            TStored.Store<TPack, TWide>(TPack.Fma(b, scale, shift), nextY, i, count);
        }
    }

    /// <summary>The lanes that are left of a row: those that were widened have zeros up to a whole pack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack LastLanes(byte* lanes, nint index, int count) =>
        TPack.LaneBytes == TStored.Bytes
            ? TStored.Load<TPack, TWide>(lanes, index, count)
            : TPack.LoadLanes(lanes, index);

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
