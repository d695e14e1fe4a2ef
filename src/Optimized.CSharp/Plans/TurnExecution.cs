using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Plans;

/// <summary>What takes groups of one chunk a few at a time, of rows or of channels-first data.</summary>
internal abstract unsafe class TurnExecution<TPack, TWide, TSum, TStored>(
    NormProblem problem,
    Resources resources
) : Execution<TPack, TWide, TSum, TStored>(problem, resources)
    where TPack : unmanaged, IPack<TPack, TWide>
    where TWide : unmanaged, IPack<TWide, TWide>
    where TSum : unmanaged, ISum<TSum, TPack, TWide>
    where TStored : struct, IStored
{
    /// <summary>Groups of a turn at most.</summary>
    protected const int MostOfTurn = 4;

    private readonly double _count = problem.GroupSize;

    /// <summary>Statistics, step by step for all groups of a turn: while one group waits for its divisions, the sums of the next go on.</summary>
    [SkipLocalsInit]
    protected void MomentsOfTurn(int first, int groups, int part, Moments* moments)
    {
        var sums = stackalloc Extended[MostOfTurn];
        var means = stackalloc Extended[MostOfTurn];
        var leasts = stackalloc double[MostOfTurn];
        for (var i = 0; i < groups; i++)
        {
            sums[i] = SumOfTurn(first, i, part, out leasts[i]);
        }

        for (var i = 0; i < groups; i++)
        {
            means[i] = sums[i] / _count;
        }

        for (var i = 0; i < groups; i++)
        {
            var squares = SquaresOfTurn(first, i, part, means[i], ref leasts[i]);
            moments[i] = new(means[i], squares / _count);
            if (Watches && !Exactness<TStored>.Holds(sums[i].Hi, squares, _count, leasts[i]))
            {
                moments[i] = MomentsAgain(first + i, sums[i], moments[i], leasts[i]);
            }
        }
    }

    /// <summary>The moments of a group whose Σx may have been rounded.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Moments MomentsAgain(int group, Extended sum, in Moments moments, double least)
    {
        var stretch = GroupOfTurn(group);
        if (!SumAgain(stretch, ref sum))
        {
            return moments;
        }

        var again = moments with { Mean = sum / _count };
        return HoldsInTwo(again, _count, least) ? again : AsInteger(stretch, again);
    }

    protected abstract Stretch GroupOfTurn(int group);

    /// <summary>Σx of a group of a turn; 0 where nothing is centred.</summary>
    protected abstract Extended SumOfTurn(int first, int index, int part, out double least);

    /// <summary>Σ(x − μ)² of a group of a turn.</summary>
    /// <param name="least">The smallest abs(x) that is not 0: left as it is where the sum has found it.</param>
    protected abstract double SquaresOfTurn(
        int first,
        int index,
        int part,
        Extended mean,
        ref double least
    );
}
