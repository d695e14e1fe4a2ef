using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Loops over rows in which every element has a γ and β of its own: layer norm and RMS norm. Parameters are addressed by
/// the position in the row; a missing γ is an array of ones, a missing β one of zeros.
/// </summary>
internal static unsafe partial class RowKernels<TPack, TWide, TSum, TStored>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    private const int Lanes = PackSizes.Lanes;
    private const int Turn = 4 * Lanes;

    /// <summary>Whether the smallest magnitude is looked for: see <see cref="Exactness{TStored}"/>.</summary>
    private static bool Watches
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSum.Watches && Exactness<TStored>.MayRound;
    }

    private static int Bytes => TStored.Bytes;

    private static int RowBytes => RowGradient.Numbers * TPack.LaneBytes;

    /// <summary>y = x̂·γ + β.</summary>
    /// <param name="parameter">Position in the row of the first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Apply<TTarget>(
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
        where TTarget : struct, ITarget
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
                Store<TTarget>(
                    TPack.Fma(a, Parameter(gamma, parameter), Parameter(beta, parameter)),
                    y,
                    to
                );
            }
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, to += Lanes, parameter += Lanes)
        {
            var a = TPack.Fma(Load(x, from) - mean, inverse, rest);
            Store<TTarget>(
                TPack.Fma(a, Parameter(gamma, parameter), Parameter(beta, parameter)),
                y,
                to
            );
        }

        if (left > 0)
        {
            var a = TPack.Fma(TStored.Load<TPack, TWide>(x, from, left) - mean, inverse, rest);
            var scale = TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var shift = TStored.LoadParameter<TPack, TWide>(beta, parameter, left);
            TStored.Store<TPack, TWide>(TPack.Fma(a, scale, shift), y, to, left);
        }
    }

    /// <summary>Σγ·dy and Σγ·dy·((x − pivot)·scale).</summary>
    /// <param name="scale">A power of two.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Products(
        byte* x,
        byte* dy,
        nint from,
        int length,
        Extended pivot,
        double scale,
        byte* gamma,
        nint parameter,
        Ahead ahead,
        out Extended sumOfG,
        out Extended sumOfProducts,
        out double sumOfSquares
    )
    {
        var sum = TSum.Zero;
        var products = TSum.Zero;
        var squaresOfG = TSum.Zero;
        var mean = TPack.Of(pivot.Hi);
        var rest = TPack.Of(pivot.Lo);
        var factor = TPack.Of(scale);
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
            if (TSum.Watches)
            {
                squaresOfG.AddSquares(a, b, c, d);
            }
            products.Add(
                a * Deviation(Load(x, from), mean, rest, factor),
                b * Deviation(Load(x, from + Lanes), mean, rest, factor),
                c * Deviation(Load(x, from + (2 * Lanes)), mean, rest, factor),
                d * Deviation(Load(x, from + (3 * Lanes)), mean, rest, factor)
            );
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, parameter += Lanes)
        {
            var a = Load(dy, from) * Parameter(gamma, parameter);
            sum.Add(a);
            if (TSum.Watches)
            {
                squaresOfG.AddSquare(a);
            }
            products.Add(a * Deviation(Load(x, from), mean, rest, factor));
        }

        if (left > 0)
        {
            var a =
                TStored.Load<TPack, TWide>(dy, from, left)
                * TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var t = Deviation(TStored.Load<TPack, TWide>(x, from, left), mean, rest, factor);
            sum.Add(TPack.Keep(a, left));
            if (TSum.Watches)
            {
                squaresOfG.AddSquare(TPack.Keep(a, left));
            }
            products.Add(TPack.Keep(a * t, left));
        }

        sumOfG = sum.Total();
        sumOfProducts = products.Total();
        sumOfSquares = TSum.Watches ? squaresOfG.Total().Hi : 0;
    }

    /// <summary>As <see cref="RunKernels{TPack,TWide,TSum,TStored}.Gather"/>, with γ·dy for dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        var smallest = SmallestElement<TStored>.None;
        var sum = TSum.Zero;
        var products = TSum.Zero;
        var squaresOfG = TSum.Zero;
        var mean = TPack.Of(pivot);
        var left = length;
        for (; left >= Turn; left -= Turn)
        {
            ahead.FetchFar(x + (from * TStored.Bytes), TStored.Bytes);
            ahead.FetchFar(dy + (from * TStored.Bytes), TStored.Bytes);
            for (var end = from + Turn; from < end; from += Lanes, parameter += Lanes)
            {
                var a = Load(dy, from) * Parameter(gamma, parameter);
                var b = Load(x, from);
                if (Watches)
                {
                    smallest = smallest.And(x, from);
                }
                var t = b - mean;
                deviations.Add(t);
                squares.AddSquare(t);
                sum.Add(a);
                if (TSum.Watches)
                {
                    squaresOfG.AddSquare(a);
                }
                products.AddProduct(a, t);
            }
        }

        for (; left >= Lanes; left -= Lanes, from += Lanes, parameter += Lanes)
        {
            var a = Load(dy, from) * Parameter(gamma, parameter);
            var b = Load(x, from);
            if (Watches)
            {
                smallest = smallest.And(x, from);
            }
            var t = b - mean;
            deviations.Add(t);
            squares.AddSquare(t);
            sum.Add(a);
            if (TSum.Watches)
            {
                squaresOfG.AddSquare(a);
            }
            products.AddProduct(a, t);
        }

        if (left > 0)
        {
            var a =
                TStored.Load<TPack, TWide>(dy, from, left)
                * TStored.LoadParameter<TPack, TWide>(gamma, parameter, left);
            var b = TStored.Load<TPack, TWide>(x, from, left);
            if (Watches)
            {
                smallest = smallest.And(x, from, left);
            }
            var t = TPack.Keep(b - mean, left);
            deviations.Add(t);
            squares.AddSquare(t);
            a = TPack.Keep(a, left);
            sum.Add(a);
            if (TSum.Watches)
            {
                squaresOfG.AddSquare(a);
            }
            products.AddProduct(a, t);
        }

        gathered = new(
            deviations.Total(),
            squares.Total(),
            sum.Total(),
            products.Total(),
            TSum.Watches ? squaresOfG.Total().Hi : 0,
            Watches ? smallest.Least() : double.PositiveInfinity
        );
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest) =>
        TSum.Corrects ? x - mean - rest : x - mean;

    /// <summary>x − μ times a power of two, where products need that (<see cref="ISum{TSelf,TPack,TWide}.Scales"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPack Deviation(TPack x, TPack mean, TPack rest, TPack scale) =>
        TSum.Scales ? Deviation(x, mean, rest) * scale : Deviation(x, mean, rest);

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
    private static void Store<TTarget>(TPack pack, byte* memory, nint index)
        where TTarget : struct, ITarget =>
        TTarget.Store<TStored, TPack, TWide>(pack, memory, index);
}
