using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>A forward of small groups, a few at a time.</summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    private void GroupsByTurns(int first, int end, int part)
    {
        var moments = stackalloc Moments[MostOfTurn];
        var numbers = stackalloc GroupNumbers[MostOfTurn];
        for (var group = first; group < end; group += _groupsOfTurn)
        {
            var groups = Math.Min(_groupsOfTurn, end - group);
            for (var i = 0; i < groups; i++)
            {
                FetchRuns(group + i);
            }

            MomentsOfTurn(group, groups, part, moments);
            for (var i = 0; i < groups; i++)
            {
                NumbersOf(group + i, moments[i], out numbers[i]);
            }

            for (var i = 0; i < groups; i++)
            {
                Output(group + i, numbers[i], part);
            }
        }
    }

    protected override Stretch GroupOfTurn(int group) => _geometry.Group(group);

    protected override Extended SumOfTurn(int first, int index, int part, out double least)
    {
        least = double.PositiveInfinity;
        return RunKernels<TPack, TWide, TSum, TStored>.Sum(
            Tensors.X,
            _geometry.Group(first + index)
        );
    }

    protected override double SquaresOfTurn(
        int first,
        int index,
        int part,
        Extended mean,
        ref double least
    )
    {
        var pivot = PivotOf(mean);
        var sum = RunKernels<TPack, TWide, TSum, TStored>.Squares(
            Tensors.X,
            _geometry.Group(first + index),
            pivot,
            Fetching(Ahead.First(NextTurn * TStored.Bytes)),
            out least
        );
        return SquaresAbout(pivot, sum.Value, _geometry.GroupSize);
    }
}
