using System.Runtime.CompilerServices;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>The loops that write.</summary>
internal static unsafe partial class RunKernels<TPack, TWide, TSum, TStored>
{
    /// <summary>y = x̂·scale + shift, for all runs of a stretch.</summary>
    /// <param name="to">Element of y for the first one of the stretch: y may be a buffer. Its runs lie as those of x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Apply<TTarget>(
        byte* x,
        in Stretch stretch,
        byte* y,
        nint to,
        in Centre centre,
        Affine affine,
        Ahead ahead
    )
        where TTarget : struct, ITarget
    {
        var mean = TPack.Of(centre.Mean);
        var rest = TPack.Of(centre.Rest);
        var inverse = TPack.Of(centre.InverseStd);
        var scale = TPack.Of(affine.Scale);
        var shift = TPack.Of(affine.Shift);
        var first = stretch.First;
        for (
            var run = 0;
            run < stretch.Runs;
            run++, first += stretch.Distance, to += stretch.Distance
        )
        {
            var i = first;
            var o = to;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn, i += Turn, o += Turn)
            {
                ahead.Fetch(x + (i * TStored.Bytes), TStored.Bytes);
                var a = TPack.Fma(Load(x, i) - mean, inverse, rest);
                var b = TPack.Fma(Load(x, i + Lanes) - mean, inverse, rest);
                var c = TPack.Fma(Load(x, i + (2 * Lanes)) - mean, inverse, rest);
                var d = TPack.Fma(Load(x, i + (3 * Lanes)) - mean, inverse, rest);
                TTarget.Store<TStored, TPack, TWide>(TPack.Fma(a, scale, shift), y, o);
                TTarget.Store<TStored, TPack, TWide>(TPack.Fma(b, scale, shift), y, o + Lanes);
                TTarget.Store<TStored, TPack, TWide>(
                    TPack.Fma(c, scale, shift),
                    y,
                    o + (2 * Lanes)
                );
                TTarget.Store<TStored, TPack, TWide>(
                    TPack.Fma(d, scale, shift),
                    y,
                    o + (3 * Lanes)
                );
            }

            for (; left >= Lanes; left -= Lanes, i += Lanes, o += Lanes)
            {
                var a = TPack.Fma(Load(x, i) - mean, inverse, rest);
                TTarget.Store<TStored, TPack, TWide>(TPack.Fma(a, scale, shift), y, o);
            }

            if (left > 0)
            {
                var a = TPack.Fma(TStored.Load<TPack, TWide>(x, i, left) - mean, inverse, rest);
                TStored.Store<TPack, TWide>(TPack.Fma(a, scale, shift), y, o, left);
            }
        }
    }

    /// <summary>dx from x and dy, see <see cref="Slope"/>, for all runs of a stretch.</summary>
    /// <param name="gammas">γ of the first run.</param>
    /// <param name="step">From γ of a run to γ of the next one: 0 where they share it.</param>
    /// <param name="to">Element of dx for the first one of the stretch: dx may be a buffer. Its runs lie as those of x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradient<TTarget>(
        byte* x,
        byte* dy,
        in Stretch stretch,
        byte* dx,
        nint to,
        in Centre centre,
        double* gammas,
        nint step,
        Slope slope,
        Ahead ahead
    )
        where TTarget : struct, ITarget
    {
        var mean = TPack.Of(centre.Mean);
        var rest = TPack.Of(centre.Rest);
        var inverse = TPack.Of(centre.InverseStd);
        var meanOfG = TPack.Of(-slope.MeanOfG);
        var correlation = TPack.Of(-slope.Correlation);
        var factor = TPack.Of(slope.Factor);
        var first = stretch.First;
        for (
            var run = 0;
            run < stretch.Runs;
            run++, first += stretch.Distance, to += stretch.Distance
        )
        {
            var scale = TPack.Of(gammas[run * step]);
            var i = first;
            var o = to;
            var left = stretch.Length;
            for (; left >= Turn; left -= Turn)
            {
                ahead.FetchFar(x + (i * TStored.Bytes), TStored.Bytes);
                ahead.FetchFar(dy + (i * TStored.Bytes), TStored.Bytes);
                for (var end = i + Turn; i < end; i += Lanes, o += Lanes)
                {
                    var a = TPack.Fma(Load(x, i) - mean, inverse, rest);
                    var g = TPack.Fma(Load(dy, i), scale, meanOfG);
                    TTarget.Store<TStored, TPack, TWide>(
                        TPack.Fma(a, correlation, g) * factor,
                        dx,
                        o
                    );
                }
            }

            for (; left >= Lanes; left -= Lanes, i += Lanes, o += Lanes)
            {
                var a = TPack.Fma(Load(x, i) - mean, inverse, rest);
                var g = TPack.Fma(Load(dy, i), scale, meanOfG);
                TTarget.Store<TStored, TPack, TWide>(TPack.Fma(a, correlation, g) * factor, dx, o);
            }

            if (left > 0)
            {
                var a = TPack.Fma(TStored.Load<TPack, TWide>(x, i, left) - mean, inverse, rest);
                var g = TPack.Fma(TStored.Load<TPack, TWide>(dy, i, left), scale, meanOfG);
                TStored.Store<TPack, TWide>(TPack.Fma(a, correlation, g) * factor, dx, o, left);
            }
        }
    }
}
