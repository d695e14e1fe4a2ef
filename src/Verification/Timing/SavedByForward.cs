using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Timing;

/// <summary>
/// The statistics that a forward would have saved for a backward, of tensors too large for the reference page: two passes
/// in binary64, rounded once. They are an input like any other; what is right is decided from x.
/// </summary>
internal static class SavedByForward
{
    public static void Fill(NormProblem problem, TensorSet tensors)
    {
        // The conventions differ in what they save: where it is not 1/√(v + ε), the page itself says what it is.
        if (
            problem.Convention.Saved != SavedStatistic.InverseStd
            || problem.Convention.ForwardEpsilon != Conventions.Default.ForwardEpsilon
            || problem.Convention.NormalizingDivisor != Divisor.Population
        )
        {
            Cases.CaseData.FillSaved(problem, tensors);
            return;
        }

        var groups = Groups.Of(problem);
        var x = tensors.Require(TensorRole.X);
        var mean = tensors[TensorRole.SavedMean];
        var inverse = tensors.Require(TensorRole.SavedInvStd);
        Parallel.For(
            0,
            (int)groups.Count,
            group =>
            {
                double sum = 0;
                foreach (var at in groups.Elements(group))
                {
                    sum += x.Read(at);
                }

                var centre = problem.Op == NormOp.RmsNorm ? 0 : sum / problem.GroupSize;
                double squares = 0;
                foreach (var at in groups.Elements(group))
                {
                    var deviation = x.Read(at) - centre;
                    squares += deviation * deviation;
                }

                mean?.Write(group, centre);
                inverse.Write(
                    group,
                    1 / Math.Sqrt((squares / problem.GroupSize) + problem.Epsilon)
                );
            }
        );
    }

    /// <summary>The elements of each group, as positions in memory.</summary>
    private readonly record struct Groups(
        long Count,
        int Blocks,
        int Channels,
        long Positions,
        bool ChannelsLast,
        NormProblem Problem
    )
    {
        public static Groups Of(NormProblem problem)
        {
            var channels = Math.Max(1, problem.Channels);
            return new(
                problem.StatisticsShape.Count,
                problem.Op == NormOp.GroupNorm ? problem.Groups : channels,
                channels,
                problem.Shape.Count / problem.Shape[0] / channels,
                problem.Layout == Layout.ChannelsLast,
                problem
            );
        }

        public IEnumerable<long> Elements(int group)
        {
            if (!Problem.Op.HasChannels())
            {
                var length = Problem.GroupSize;
                for (var i = group * length; i < (group + 1) * length; i++)
                {
                    yield return i;
                }

                yield break;
            }

            var all = Problem.Op is NormOp.BatchNorm or NormOp.BatchRenorm;
            var samples = Problem.Shape[0];
            var (first, end) = all ? (0, samples) : (group / Blocks, (group / Blocks) + 1);
            var block = group % Blocks;
            var width = Channels / Blocks;
            for (var sample = first; sample < end; sample++)
            {
                for (var k = 0; k < width; k++)
                {
                    var channel =
                        Problem.Convention.GroupOrder == GroupOrder.Contiguous
                            ? (block * width) + k
                            : (k * Blocks) + block;
                    var plane = ((long)sample * Channels + channel) * Positions;
                    for (long position = 0; position < Positions; position++)
                    {
                        yield return ChannelsLast
                            ? (((sample * Positions) + position) * Channels) + channel
                            : plane + position;
                    }
                }
            }
        }
    }
}
