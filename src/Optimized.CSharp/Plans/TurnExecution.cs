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

    /// <summary>Statistics, step by step for all groups of a turn: while one group waits for its divisions, the sums of the next go on.</summary>
    protected void MomentsOfTurn(int first, int groups, int part, Moments* moments)
    {
        var sums = stackalloc Extended[MostOfTurn];
        var means = stackalloc Extended[MostOfTurn];
        var leasts = stackalloc double[MostOfTurn];
        for (var i = 0; i < groups; i++)
        {
            sums[i] = SumOfTurn(first, i, part, out leasts[i]);
        }

        var count = (double)GroupOfTurn(first).Count;
        for (var i = 0; i < groups; i++)
        {
            means[i] = sums[i] / count;
        }

        for (var i = 0; i < groups; i++)
        {
            var squares = SquaresOfTurn(first, i, part, means[i], ref leasts[i]);
            moments[i] = new(means[i], squares / count);
            var group = GroupOfTurn(first + i);
            if (SumsAgain(group, 0, sums[i].Hi, squares, leasts[i], ref sums[i]))
            {
                moments[i] = new(sums[i] / count, squares / count);
                moments[i] = HoldsInTwo(moments[i], count, leasts[i])
                    ? moments[i]
                    : AsInteger(group, moments[i]);
            }
        }
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
