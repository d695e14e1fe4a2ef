using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Sums that plain binary64 does not hold. An element next to the mean has for x̂ what is left of x − μ: with a mean that is
/// not exact that may be all wrong. So sums of chunks are exact: nearly always by themselves, else they are done again with
/// twice the digits; and a group for which that does not do is added up as an integer.
/// </summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>
{
    /// <summary>Whether sums are watched at all.</summary>
    protected bool Watches { get; } =
        TSum.Watches && Exactness<TStored>.MayRound && problem.Op != NormOp.RmsNorm;

    /// <summary>
    /// Makes the sum of a chunk exact where there is a doubt. True where it was added up again.
    /// </summary>
    /// <param name="pivot">What elements were added less of.</param>
    /// <param name="deviations">Σ(x − pivot).</param>
    /// <param name="squares">Σ(x − μ)² or more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected bool SumsAgain(
        in Stretch stretch,
        double pivot,
        double deviations,
        double squares,
        double least,
        ref Extended sum
    )
    {
        if (Watches && !Exactness<TStored>.Holds(deviations, squares, stretch.Count, least, pivot))
        {
            return SumAgain(stretch, ref sum);
        }

        return false;
    }

    /// <summary>Adds up a chunk again with twice the digits. False where nothing would become finite by that.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected bool SumAgain(in Stretch stretch, ref Extended sum)
    {
        if (!double.IsFinite(sum.Hi))
        {
            return false;
        }

        sum = RunKernels<TWide, TWide, CompensatedSum<TWide>, TStored>.Sum(Tensors.X, stretch);
        return true;
    }

    /// <summary>Moments of a group from those of its chunks; the mean is as exact as two binary64 numbers can be.</summary>
    protected void Merge(in Stretch group, ChunkMoments* chunks, int count, out Moments moments)
    {
        ChunkMoments.Merge(chunks, count, out moments);
        if (!Watches || !double.IsFinite(moments.Mean.Hi))
        {
            return;
        }

        var least = double.PositiveInfinity;
        for (var i = 0; i < count; i++)
        {
            least = double.MinNative(least, chunks[i].Least);
        }

        if (!HoldsInTwo(moments, group.Count, least))
        {
            moments = AsInteger(group, moments);
        }
    }

    /// <summary>Whether two binary64 numbers held the sum of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static bool HoldsInTwo(in Moments moments, double m, double least) =>
        Exactness<TStored>.HoldsInTwo(moments.Mean.Hi, moments.Variance, m, least);

    /// <summary>The moments of a group with a mean that is found by adding integers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected Moments AsInteger(in Stretch group, in Moments moments) =>
        moments with
        {
            Mean = ExactSum<TStored>.Of(Tensors.X, group) / group.Count,
        };
}
