using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Timing;

/// <summary>
/// A problem made of some groups of a larger one: some channels (batch and instance norm), some blocks of channels (group
/// norm) with all samples, or some rows (layer and RMS norm). What groups share no statistics and no parameters with is
/// left out, so the outputs of the part are bit by bit those of the whole. The exception are dγ and dβ of rows, which
/// need all of them: they are not part of it.
/// </summary>
/// <param name="Problem">The smaller problem.</param>
/// <param name="Chosen">Channels, blocks or rows, ascending.</param>
/// <param name="Of">How many there are.</param>
/// <param name="What">What they are called.</param>
internal sealed record SampledPart(
    NormProblem Problem,
    IReadOnlyList<int> Chosen,
    int Of,
    string What,
    Func<TensorSet, TensorSet> Slice
)
{
    /// <summary>A part of at most about so many elements, or of one group: the last, and others that a seed chooses.</summary>
    public static SampledPart Choose(NormProblem problem, long elements, ulong seed)
    {
        var rows = !problem.Op.HasChannels();
        var count = (int)(
            rows ? problem.StatisticsShape.Count
            : problem.Op == NormOp.GroupNorm ? problem.Groups
            : problem.Channels
        );
        var wanted = (int)Math.Clamp(elements / (problem.Shape.Count / count), 1, count);
        var chosen = Choice(count, wanted, seed);
        return rows ? Rows(problem, chosen, count) : Blocks(problem, chosen, count);
    }

    /// <summary>The last of them, whose end is the tensor's, and others.</summary>
    public static IReadOnlyList<int> Choice(int count, int wanted, ulong seed)
    {
        var random = SeededRandom.For(seed, (ulong)count);
        var chosen = new SortedSet<int> { count - 1 };
        while (chosen.Count < Math.Min(wanted, count))
        {
            _ = chosen.Add(random.Below(count));
        }

        return [.. chosen];
    }

    private static SampledPart Rows(NormProblem problem, IReadOnlyList<int> chosen, int count)
    {
        if (problem.Axis == 0)
        {
            // One row is all there is.
            return new(problem, chosen, count, "rows", tensors => tensors);
        }

        var row = problem.ParameterShape;
        var part = problem with { Shape = new Shape([chosen.Count, .. row.Extents]), Axis = 1 };
        var whole = new Shape([count, .. row.Extents]);
        return new(
            part,
            chosen,
            count,
            "rows",
            tensors =>
                Each(
                    tensors,
                    (role, tensor) =>
                        role switch
                        {
                            TensorRole.Gamma or TensorRole.Beta => tensor,
                            TensorRole.DGamma or TensorRole.DBeta => null,
                            TensorRole.SavedMean or TensorRole.SavedInvStd => TensorSlice.Elements(
                                tensor,
                                chosen
                            ),
                            _ => TensorSlice.Pick(TensorSlice.Reshaped(tensor, whole), 0, chosen),
                        }
                )
        );
    }

    private static SampledPart Blocks(NormProblem problem, IReadOnlyList<int> chosen, int count)
    {
        var width = problem.Channels / count;
        var contiguous = problem.Convention.GroupOrder == GroupOrder.Contiguous;
        int[] channels = contiguous
            ? [.. chosen.SelectMany(block => Enumerable.Range(block * width, width))]
            :
            [
                .. Enumerable
                    .Range(0, width)
                    .SelectMany(k => chosen.Select(block => (k * count) + block)),
            ];
        int[] extents = [.. problem.Shape.Extents];
        extents[1] = channels.Length;
        var part = problem with
        {
            Shape = new Shape(extents),
            Groups = problem.Op == NormOp.GroupNorm ? chosen.Count : 1,
        };
        var perBlock = problem.ParameterShape.Count == count;
        return new(
            part,
            chosen,
            count,
            problem.Op == NormOp.GroupNorm ? "groups" : "channels",
            tensors =>
                Each(
                    tensors,
                    (role, tensor) =>
                        role switch
                        {
                            TensorRole.X or TensorRole.Y or TensorRole.Dy or TensorRole.Dx =>
                                TensorSlice.Pick(tensor, problem.ChannelAxis, channels),
                            TensorRole.SavedMean or TensorRole.SavedInvStd => TensorSlice.Pick(
                                tensor,
                                tensor.Shape.Rank - 1,
                                chosen
                            ),
                            _ => TensorSlice.Pick(tensor, 0, perBlock ? chosen : channels),
                        }
                )
        );
    }

    private static TensorSet Each(TensorSet tensors, Func<TensorRole, Tensor, Tensor?> slice)
    {
        var part = new TensorSet();
        foreach (var role in tensors.Roles)
        {
            part[role] = slice(role, tensors.Require(role));
        }

        return part;
    }
}
