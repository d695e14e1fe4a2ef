using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// How large the terms of sums for a gradient are: Σg² and the smallest abs(g), 0 included. What an addition can have rounded
/// off follows from the one, what may be rounded off from the other (<see cref="GradientExactness"/>).
/// </summary>
internal readonly record struct GradientSize(double Squares, double Least)
{
    public static GradientSize None => new(0, double.PositiveInfinity);

    public GradientSize And(GradientSize other) =>
        new(Squares + other.Squares, double.MinNative(Least, other.Least));

    /// <summary>Of γ·g.</summary>
    public GradientSize Times(double gamma) =>
        new(Squares * gamma * gamma, Least * Math.Abs(gamma));
}

/// <summary>The same, lane by lane. A tier that does not watch its sums does nothing here.</summary>
internal struct GradientSize<TPack, TWide, TSum>
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
{
    private TSum _squares;
    private TPack _least;

    public static GradientSize<TPack, TWide, TSum> None
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new() { _squares = TSum.Zero, _least = TPack.Of(float.MaxValue) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TPack g)
    {
        if (TSum.Watches)
        {
            _squares.AddSquare(g);
            _least = TPack.LeastMagnitude(_least, g);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TPack a, TPack b, TPack c, TPack d)
    {
        if (TSum.Watches)
        {
            _squares.AddSquares(a, b, c, d);
            var least = TPack.LeastMagnitude(
                TPack.LeastMagnitude(a, b),
                TPack.LeastMagnitude(c, d)
            );
            _least = TPack.LeastMagnitude(_least, least);
        }
    }

    /// <summary>The first lanes of a pack whose others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TPack g, int count)
    {
        if (TSum.Watches)
        {
            _squares.AddSquare(g);

            // Lanes that hold no element must not count: they get the largest number.
            var most = TPack.Of(float.MaxValue);
            _least = TPack.LeastMagnitude(_least, g + (most - TPack.Keep(most, count)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GradientSize Total() =>
        TSum.Watches ? new(_squares.Total().Hi, TPack.Least(_least)) : GradientSize.None;

    /// <summary>Every lane, to the numbers of as many slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly unsafe void Close(double* squares, double* least)
    {
        if (TSum.Watches)
        {
            _squares.Lanes(out var high, out _);
            TWide.StoreDouble(TWide.LoadDouble(squares) + high, squares);
            var smallest = TWide.LeastMagnitude(TWide.LoadDouble(least), TPack.Widen(_least));
            TWide.StoreDouble(smallest, least);
        }
    }
}
