using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Loops over rows in which every element has a γ and β of its own: layer norm and RMS norm. Parameters are addressed by
/// the position in the row; a missing γ is an array of ones, a missing β one of zeros.
/// </summary>
internal static unsafe class RowKernels<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int Lanes = PackSizes.Lanes;
    private const int Turn = 4 * Lanes;

    private static int Bytes => TStored.Bytes;

    private static int RowBytes => RowGradient.Numbers * TPack.LaneBytes;

    /// <summary>y = x̂·γ + β.</summary>
    /// <param name="parameter">Position in the row of the first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(
        byte* x,
        nint from,
        byte* y,
        nint to,
        int length,
        in Centre centre,
        byte* gamma,
        byte* beta,
        nint parameter,
        Ahead ahead
    )
    {
        var mean = TPack.Of(centre.Mean);
        var rest = TPack.Of(centre.Rest);
        var inverse = TPack.Of(centre.InverseStd);
        var left = length;
        for (; left >= Turn; left -= Turn)
        {
            ahead.Fetch(x + (from * TStored.Bytes), TStored.Bytes);
            for (var end = from + Turn; from < end; from += Lanes, to += Lanes, parameter += Lanes)
            {
                var a = TPack.Fma(Load(x, from) - mean, inverse, rest);
                Store(TPack.Fma(a, Parameter(gamma, parameter), Parameter(beta, parameter)), y, to);
            }
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, to += Lanes, parameter += Lanes)
        {
            var a = TPack.Fma(Load(x, from) - mean, inverse, rest);
            Store(TPack.Fma(a, Parameter(gamma, parameter), Parameter(beta, parameter)), y, to);
        }

        if (left > 0)
        {
            var a = TPack.Fma(TStored.Load<TPack, TWide>(x, from, left) - mean, inverse, rest);
            var scale = TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var shift = TStored.LoadParameter<TPack, TWide>(beta, parameter, left);
            TStored.Store<TPack, TWide>(TPack.Fma(a, scale, shift), y, to, left);
        }
    }

    /// <summary>Σγ·dy and Σγ·dy·(x − pivot).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Products(
        byte* x,
        byte* dy,
        nint from,
        int length,
        Extended pivot,
        byte* gamma,
        nint parameter,
        Ahead ahead,
        out Extended sumOfG,
        out Extended sumOfProducts
    )
    {
        var sum = TSum.Zero;
        var products = TSum.Zero;
        var mean = TPack.Of(pivot.Hi);
        var rest = TPack.Of(pivot.Lo);
        var left = length;
        for (; left >= Turn; left -= Turn, from += Turn, parameter += Turn)
        {
            ahead.FetchFar(x + (from * TStored.Bytes), TStored.Bytes);
            ahead.FetchFar(dy + (from * TStored.Bytes), TStored.Bytes);
            var a = Load(dy, from) * Parameter(gamma, parameter);
            var b = Load(dy, from + Lanes) * Parameter(gamma, parameter + Lanes);
            var c = Load(dy, from + (2 * Lanes)) * Parameter(gamma, parameter + (2 * Lanes));
            var d = Load(dy, from + (3 * Lanes)) * Parameter(gamma, parameter + (3 * Lanes));
            sum.Add(a, b, c, d);
            products.Add(
                a * Deviation(Load(x, from), mean, rest),
                b * Deviation(Load(x, from + Lanes), mean, rest),
                c * Deviation(Load(x, from + (2 * Lanes)), mean, rest),
                d * Deviation(Load(x, from + (3 * Lanes)), mean, rest)
            );
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, parameter += Lanes)
        {
            var a = Load(dy, from) * Parameter(gamma, parameter);
            sum.Add(a);
            products.Add(a * Deviation(Load(x, from), mean, rest));
        }

        if (left > 0)
        {
            var a =
                TStored.Load<TPack, TWide>(dy, from, left)
                * TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var t = Deviation(TStored.Load<TPack, TWide>(x, from, left), mean, rest);
            sum.Add(TPack.Keep(a, left));
            products.Add(TPack.Keep(a * t, left));
        }

        sumOfG = sum.Total();
        sumOfProducts = products.Total();
    }

    /// <summary>As <see cref="RunKernels{TPack,TWide,TSum,TStored}.Gather"/>, with γ·dy for dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(
        byte* x,
        byte* dy,
        nint from,
        int length,
        double pivot,
        byte* gamma,
        nint parameter,
        Ahead ahead,
        out GatheredSums gathered
    )
    {
        var deviations = TSum.Zero;
        var squares = TSum.Zero;
        var sum = TSum.Zero;
        var products = TSum.Zero;
        var mean = TPack.Of(pivot);
        var left = length;
        for (; left >= Turn; left -= Turn)
        {
            ahead.FetchFar(x + (from * TStored.Bytes), TStored.Bytes);
            ahead.FetchFar(dy + (from * TStored.Bytes), TStored.Bytes);
            for (var end = from + Turn; from < end; from += Lanes, parameter += Lanes)
            {
                var a = Load(dy, from) * Parameter(gamma, parameter);
                var t = Load(x, from) - mean;
                deviations.Add(t);
                squares.Add(t * t);
                sum.Add(a);
                products.Add(a * t);
            }
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, parameter += Lanes)
        {
            var a = Load(dy, from) * Parameter(gamma, parameter);
            var t = Load(x, from) - mean;
            deviations.Add(t);
            squares.Add(t * t);
            sum.Add(a);
            products.Add(a * t);
        }

        if (left > 0)
        {
            var a =
                TStored.Load<TPack, TWide>(dy, from, left)
                * TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var t = TPack.Keep(TStored.Load<TPack, TWide>(x, from, left) - mean, left);
            deviations.Add(t);
            squares.Add(t * t);
            sum.Add(TPack.Keep(a, left));
            products.Add(TPack.Keep(a * t, left));
        }

        gathered = new(deviations.Total(), squares.Total(), sum.Total(), products.Total());
    }

    /// <summary>
    /// dx of up to four rows, and what they add to dγ and dβ: Σdy·x̂ and Σdy of every position, as a tree over the rows.
    /// </summary>
    /// <param name="from">Element of x and dy at which the first row starts; rows lie <paramref name="distance"/> apart.</param>
    /// <param name="rows">Lanes: see <see cref="RowGradient"/>.</param>
    /// <param name="sums">Σdy, then Σdy·x̂, of every position: see <see cref="SlotSums"/>.</param>
    /// <param name="parameter">Position in the row of the first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(
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
    {
        if (count == 4)
        {
            var whole = length - (length % Lanes);
            FourRows(
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
                    OneRow(
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
            OneRow(
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(
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
            var a = Element(
                x + (i * Bytes),
                dy + (i * Bytes),
                dx + (i * Bytes),
                rows,
                scale,
                out var p
            );
            var b = Element(
                x1 + (i * Bytes),
                dy1 + (i * Bytes),
                dx1 + (i * Bytes),
                rows + RowBytes,
                scale,
                out var q
            );
            var c = Element(
                x2 + (i * Bytes),
                dy2 + (i * Bytes),
                dx2 + (i * Bytes),
                rows + (2 * RowBytes),
                scale,
                out var r
            );
            var d = Element(
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(
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
                Store(result, dx, to);
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
    private static TPack Element(
        byte* x,
        byte* dy,
        byte* dx,
        byte* row,
        TPack scale,
        out TPack product
    )
    {
        var t = TPack.Fma(
            Load(x, 0) - TPack.Spread(row, RowGradient.Mean),
            TPack.Spread(row, RowGradient.InverseStd),
            TPack.Spread(row, RowGradient.Rest)
        );
        var a = Load(dy, 0);
        var g = TPack.Fma(a, scale, TPack.Spread(row, RowGradient.MeanOfG));
        Store(
            TPack.Fma(t, TPack.Spread(row, RowGradient.Correlation), g)
                * TPack.Spread(row, RowGradient.Factor),
            dx,
            0
        );
        product = a * t;
        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest) =>
        TSum.Corrects ? x - mean - rest : x - mean;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Part(byte* memory, nint index, int count) =>
        count == Lanes
            ? TStored.Load<TPack, TWide>(memory, index)
            : TStored.Load<TPack, TWide>(memory, index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Load(byte* memory, nint index) =>
        TStored.Load<TPack, TWide>(memory, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Parameter(byte* memory, nint index) =>
        TStored.LoadParameter<TPack, TWide>(memory, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TPack pack, byte* memory, nint index) =>
        TStored.Store<TPack, TWide>(pack, memory, index);
}
