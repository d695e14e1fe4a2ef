using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σg and Σg(x − μ) of a group with twice the digits: nothing that a product, a difference or an addition rounds off is dropped.
/// One chain a lane, over all parts of a group. For groups alone whose plain sums may not do (<see cref="GradientExactness"/>).
/// </summary>
internal unsafe struct GradientSums<TWide, TStored>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TStored : struct, IStored
{
    private TWide _sum;
    private TWide _lost;
    private TWide _products;
    private TWide _lostProducts;

    private static int Lanes => TWide.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Add(byte* x, byte* dy, in GradientPart part, Extended mean)
    {
        var sums = this;
        var stretch = part.Stretch;
        var centre = TWide.Of(mean.Hi);
        var gamma = TWide.Of(part.Scale);
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            for (var i = 0; i < stretch.Length; i += Lanes)
            {
                var count = Math.Min(stretch.Length - i, Lanes);
                if (part.Gamma is not null)
                {
                    gamma = Parameter(part.Gamma, part.Parameter + i, count);
                }

                // Beyond the last element dy is 0, and with it all that is added.
                sums.Add(Load(x, first + i, count), Load(dy, first + i, count) * gamma, centre);
            }
        }

        this = sums;
    }

    /// <param name="products">Σg(x − μ).</param>
    public readonly void Total(Extended mean, out Extended sum, out Extended products)
    {
        sum = Total(_sum, _lost);
        var moved = Extended.OfProduct(-mean.Lo, sum.Hi);
        products = Total(_products, _lostProducts) + moved;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(TWide x, TWide g, TWide mean)
    {
        // x − mean without error, times g without error but for the last digits of the smaller part.
        var deviation = x - mean;
        var part = deviation - x;
        var rest = x - (deviation - part) - (mean + part);
        var product = g * deviation;
        var lost = TWide.Fma(g, deviation, TWide.Of(0) - product);
        Add(ref _products, ref _lostProducts, product, TWide.Fma(g, rest, lost));
        Add(ref _sum, ref _lost, g, TWide.Of(0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref TWide sum, ref TWide lost, TWide term, TWide rest)
    {
        var next = sum + term;
        var part = next - sum;
        lost += sum - (next - part) + (term - part) + rest;
        sum = next;
    }

    private static Extended Total(TWide sum, TWide lost)
    {
        var lanes = stackalloc double[2 * PackSizes.Lanes];
        TWide.StoreDouble(sum, lanes);
        TWide.StoreDouble(lost, lanes + PackSizes.Lanes);
        var total = Extended.Zero;
        for (var lane = 0; lane < Lanes; lane++)
        {
            total += new Extended(lanes[lane], lanes[PackSizes.Lanes + lane]);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide Load(byte* memory, nint index, int count) =>
        count == Lanes
            ? TStored.Load<TWide, TWide>(memory, index)
            : TStored.Load<TWide, TWide>(memory, index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide Parameter(byte* memory, nint index, int count) =>
        count == Lanes
            ? TStored.LoadParameter<TWide, TWide>(memory, index)
            : TStored.LoadParameter<TWide, TWide>(memory, index, count);
}
