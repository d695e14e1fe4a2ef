using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>dx of rows, and what they add to dγ and dβ.</summary>
internal static unsafe partial class RowKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>
    /// dx of up to four rows, and what they add to dγ and dβ: Σdy·x̂ and Σdy of every position, as a tree over the rows.
    /// </summary>
    /// <param name="from">Element of x and dy at which the first row starts; rows lie <paramref name="distance"/> apart.</param>
    /// <param name="rows">Lanes: see <see cref="RowGradient"/>.</param>
    /// <param name="sums">Σdy, then Σdy·x̂, of every position: see <see cref="SlotSums"/>.</param>
    /// <param name="parameter">Position in the row of the first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradient<TTarget>(
        byte* x,
        byte* dy,
        nint from,
        nint distance,
        byte* dx,
        nint to,
        nint distanceOfDx,
        int length,
        byte* rows,
        int count,
        byte* gamma,
        nint parameter,
        in SlotSums sums
    )
        where TTarget : struct, ITarget
    {
        if (count == 4)
        {
            var whole = length - (length % Lanes);
            FourRows<TTarget>(
                x + (from * TStored.Bytes),
                dy + (from * TStored.Bytes),
                dx + (to * TStored.Bytes),
                distance,
                distanceOfDx,
                whole,
                rows,
                gamma,
                parameter,
                sums
            );
            if (whole < length)
            {
                for (var row = 0; row < 4; row++)
                {
                    OneRow<TTarget>(
                        x,
                        dy,
                        from + (row * distance) + whole,
                        dx,
                        to + (row * distanceOfDx) + whole,
                        length - whole,
                        rows + (row * RowBytes),
                        gamma,
                        parameter + whole,
                        sums
                    );
                }
            }

            return;
        }

        for (var row = 0; row < count; row++)
        {
            OneRow<TTarget>(
                x,
                dy,
                from + (row * distance),
                dx,
                to + (row * distanceOfDx),
                length,
                rows + (row * RowBytes),
                gamma,
                parameter,
                sums
            );
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void FourRows<TTarget>(
        byte* x,
        byte* dy,
        byte* dx,
        nint distance,
        nint distanceOfDx,
        int whole,
        byte* rows,
        byte* gamma,
        nint parameter,
        in SlotSums sums
    )
        where TTarget : struct, ITarget
    {
        byte* x1 = x + (distance * Bytes),
            x2 = x1 + (distance * Bytes),
            x3 = x2 + (distance * Bytes);
        byte* dy1 = dy + (distance * Bytes),
            dy2 = dy1 + (distance * Bytes),
            dy3 = dy2 + (distance * Bytes);
        byte* dx1 = dx + (distanceOfDx * Bytes),
            dx2 = dx1 + (distanceOfDx * Bytes),
            dx3 = dx2 + (distanceOfDx * Bytes);
        for (nint i = 0; i < whole; i += Lanes)
        {
            var scale = Parameter(gamma, parameter + i);
            var a = Element<TTarget>(
                x + (i * Bytes),
                dy + (i * Bytes),
                dx + (i * Bytes),
                rows,
                scale,
                out var p
            );
            var b = Element<TTarget>(
                x1 + (i * Bytes),
                dy1 + (i * Bytes),
                dx1 + (i * Bytes),
                rows + RowBytes,
                scale,
                out var q
            );
            var c = Element<TTarget>(
                x2 + (i * Bytes),
                dy2 + (i * Bytes),
                dx2 + (i * Bytes),
                rows + (2 * RowBytes),
                scale,
                out var r
            );
            var d = Element<TTarget>(
                x3 + (i * Bytes),
                dy3 + (i * Bytes),
                dx3 + (i * Bytes),
                rows + (3 * RowBytes),
                scale,
                out var s
            );
            SlotSums<TPack, TWide, TSum>.Add(sums.OfDy, parameter + i, a, b, c, d);
            SlotSums<TPack, TWide, TSum>.Add(sums.OfProducts, parameter + i, p, q, r, s);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void OneRow<TTarget>(
        byte* x,
        byte* dy,
        nint from,
        byte* dx,
        nint to,
        int length,
        byte* row,
        byte* gamma,
        nint parameter,
        in SlotSums sums
    )
        where TTarget : struct, ITarget
    {
        for (var left = length; left > 0; left -= Lanes)
        {
            var count = Math.Min(left, Lanes);
            var t = TPack.Fma(
                Part(x, from, count) - TPack.Spread(row, RowGradient.Mean),
                TPack.Spread(row, RowGradient.InverseStd),
                TPack.Spread(row, RowGradient.Rest)
            );
            var a = Part(dy, from, count);
            var scale =
                count == Lanes
                    ? Parameter(gamma, parameter)
                    : TStored.LoadParameter<TPack, TWide>(gamma, parameter, count);
            var g = TPack.Fma(a, scale, TPack.Spread(row, RowGradient.MeanOfG));
            var result =
                TPack.Fma(t, TPack.Spread(row, RowGradient.Correlation), g)
                * TPack.Spread(row, RowGradient.Factor);
            if (count == Lanes)
            {
                Store<TTarget>(result, dx, to);
            }
            else
            {
                TStored.Store<TPack, TWide>(result, dx, to, count);
            }

            // Slot sums have room for whole packs: what lies beyond the row is never read.
            SlotSums<TPack, TWide, TSum>.Add(sums.OfDy, parameter, a);
            SlotSums<TPack, TWide, TSum>.Add(sums.OfProducts, parameter, TPack.Keep(a * t, count));
            from += Lanes;
            to += Lanes;
            parameter += Lanes;
        }
    }

    /// <summary>dx of one pack; returns dy, and dy·x̂ beside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Element<TTarget>(
        byte* x,
        byte* dy,
        byte* dx,
        byte* row,
        TPack scale,
        out TPack product
    )
        where TTarget : struct, ITarget
    {
        var t = TPack.Fma(
            Load(x, 0) - TPack.Spread(row, RowGradient.Mean),
            TPack.Spread(row, RowGradient.InverseStd),
            TPack.Spread(row, RowGradient.Rest)
        );
        var a = Load(dy, 0);
        var g = TPack.Fma(a, scale, TPack.Spread(row, RowGradient.MeanOfG));
        Store<TTarget>(
            TPack.Fma(t, TPack.Spread(row, RowGradient.Correlation), g)
                * TPack.Spread(row, RowGradient.Factor),
            dx,
            0
        );
        product = a * t;
        return a;
    }
}
