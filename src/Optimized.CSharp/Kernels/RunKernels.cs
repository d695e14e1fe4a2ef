using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Loops over runs of neighbouring elements that share one γ and β (or have none): channels-first data, and the statistics
/// of rows. Four packs a turn, then single packs, then the part of a pack that is left.
/// </summary>
/// <remarks>
/// Of all kernels only Σx may be inlined: in a caller the longer ones exceed what the compiler inlines into one method, and
/// then operations of a pack become calls.
/// </remarks>
internal static unsafe partial class RunKernels<TPack, TWide, TSum, TStored>
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

    /// <summary>Σx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Extended Sum(byte* x, in Stretch stretch)
    {
        var sum = TSum.Zero;
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            var i = first;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn, i += Turn)
            {
                sum.Add(
                    Load(x, i),
                    Load(x, i + Lanes),
                    Load(x, i + (2 * Lanes)),
                    Load(x, i + (3 * Lanes))
                );
            }

            for (; left >= Lanes; left -= Lanes, i += Lanes)
            {
                sum.Add(Load(x, i));
            }

            if (left > 0)
            {
                sum.Add(TStored.Load<TPack, TWide>(x, i, left));
            }
        }

        return sum.Total();
    }

    /// <summary>Σ(x − pivot)².</summary>
    /// <param name="least">The smallest abs(x) that is not 0; ∞ where nobody asks.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Extended Squares(
        byte* x,
        in Stretch stretch,
        Extended pivot,
        Ahead ahead,
        out double least
    )
    {
        var sum = TSum.Zero;
        var smallest = SmallestElement<TStored>.None;
        var mean = TPack.Of(pivot.Hi);
        var rest = TPack.Of(pivot.Lo);
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            var i = first;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn, i += Turn)
            {
                ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
                var a = Load(x, i);
                var b = Load(x, i + Lanes);
                var c = Load(x, i + (2 * Lanes));
                var d = Load(x, i + (3 * Lanes));
                if (Watches)
                {
                    smallest = smallest.AndFour(x, i, Lanes);
                }

                sum.AddSquares(
                    Deviation(a, mean, rest),
                    Deviation(b, mean, rest),
                    Deviation(c, mean, rest),
                    Deviation(d, mean, rest)
                );
            }

            for (; left >= Lanes; left -= Lanes, i += Lanes)
            {
                var a = Load(x, i);
                if (Watches)
                {
                    smallest = smallest.And(x, i);
                }
                sum.AddSquare(Deviation(a, mean, rest));
            }

            if (left > 0)
            {
                var a = TStored.Load<TPack, TWide>(x, i, left);
                if (Watches)
                {
                    smallest = smallest.And(x, i, left);
                }
                sum.AddSquare(TPack.Keep(Deviation(a, mean, rest), left));
            }
        }

        least = Watches ? smallest.Least() : double.PositiveInfinity;
        return sum.Total();
    }

    /// <summary>Σdy and Σdy·((x − pivot)·scale), of a stretch or of every run of it.</summary>
    /// <param name="scale">A power of two.</param>
    /// <param name="sums">The sums of the stretch, or of one run after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Products(
        byte* x,
        byte* dy,
        in Stretch stretch,
        Extended pivot,
        double scale,
        Ahead ahead,
        bool isByRuns,
        UnitSums* sums
    )
    {
        var sum = TSum.Zero;
        var products = TSum.Zero;
        var squaresOfG = TSum.Zero;
        var mean = TPack.Of(pivot.Hi);
        var rest = TPack.Of(pivot.Lo);
        var factor = TPack.Of(scale);
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            var i = first;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn, i += Turn)
            {
                ahead.FetchFar(x + (i * TStored.Bytes), TStored.Bytes);
                ahead.FetchFar(dy + (i * TStored.Bytes), TStored.Bytes);
                var a = Load(dy, i);
                var b = Load(dy, i + Lanes);
                var c = Load(dy, i + (2 * Lanes));
                var d = Load(dy, i + (3 * Lanes));
                sum.Add(a, b, c, d);
                if (TSum.Watches)
                {
                    squaresOfG.AddSquares(a, b, c, d);
                }
                products.Add(
                    a * Deviation(Load(x, i), mean, rest, factor),
                    b * Deviation(Load(x, i + Lanes), mean, rest, factor),
                    c * Deviation(Load(x, i + (2 * Lanes)), mean, rest, factor),
                    d * Deviation(Load(x, i + (3 * Lanes)), mean, rest, factor)
                );
            }

            for (; left >= Lanes; left -= Lanes, i += Lanes)
            {
                var a = Load(dy, i);
                sum.Add(a);
                if (TSum.Watches)
                {
                    squaresOfG.AddSquare(a);
                }
                products.Add(a * Deviation(Load(x, i), mean, rest, factor));
            }

            if (left > 0)
            {
                var a = TStored.Load<TPack, TWide>(dy, i, left);
                var t = Deviation(TStored.Load<TPack, TWide>(x, i, left), mean, rest, factor);
                sum.Add(a);
                if (TSum.Watches)
                {
                    squaresOfG.AddSquare(a);
                }
                products.Add(TPack.Keep(a * t, left));
            }

            if (isByRuns || run + 1 == stretch.Runs)
            {
                var squares = TSum.Watches ? squaresOfG.Total().Hi : 0;
                *sums++ = new(sum.Total(), products.Total(), squares);
                sum = TSum.Zero;
                products = TSum.Zero;
                squaresOfG = TSum.Zero;
            }
        }
    }

    /// <summary>
    /// Everything a backward needs in one look at the data: Σ(x − pivot), Σ(x − pivot)², Σdy and Σdy·(x − pivot), for a pivot
    /// close to the mean. Four sums at once, so one chain each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gather(
        byte* x,
        byte* dy,
        in Stretch stretch,
        double pivot,
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
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            var i = first;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn)
            {
                ahead.FetchFar(x + (i * TStored.Bytes), TStored.Bytes);
                ahead.FetchFar(dy + (i * TStored.Bytes), TStored.Bytes);
                for (var end = i + Turn; i < end; i += Lanes)
                {
                    var a = Load(dy, i);
                    var b = Load(x, i);
                    if (Watches)
                    {
                        smallest = smallest.And(x, i);
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

            for (; left >= Lanes; left -= Lanes, i += Lanes)
            {
                var a = Load(dy, i);
                var b = Load(x, i);
                if (Watches)
                {
                    smallest = smallest.And(x, i);
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
                var a = TStored.Load<TPack, TWide>(dy, i, left);
                var b = TStored.Load<TPack, TWide>(x, i, left);
                if (Watches)
                {
                    smallest = smallest.And(x, i, left);
                }
                var t = TPack.Keep(b - mean, left);
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
    private static TPack Load(byte* memory, nint index) =>
        TStored.Load<TPack, TWide>(memory, index);
}
