using NormCheck.Contract;

namespace NormCheck.Verification.Identify;

/// <summary>
/// How a question is put into a call. Systems take different calls: without γ and β or only with them, of few axes or of
/// four, with running statistics or without.
/// </summary>
internal sealed record CallForm(
    NormOp Op,
    Layout Layout,
    int Rank,
    AffineParts Affine,
    bool Running,
    Convention Stored
)
{
    /// <summary>All forms, plainest first.</summary>
    public static IEnumerable<CallForm> All(NormOp op, Layout layout) =>
        from affine in new[] { AffineParts.None, AffineParts.Both }
        from running in op.HasRunningStatistics() ? new[] { false, true } : [false]
        from stored in new[] { Conventions.Default, Conventions.Get("population") }
        from rank in op.HasChannels() ? new[] { 4, 3, 2 } : [2, 3]
        where
            rank > 2
            || op is NormOp.BatchNorm or NormOp.BatchRenorm or NormOp.LayerNorm or NormOp.RmsNorm
        select new CallForm(op, layout, rank, affine, running, stored);

    /// <summary>
    /// The problem whose statistics groups are as many and as long as given: one sample with a channel a group, or a row a
    /// group; of rank 2 and with channels, a sample an element.
    /// </summary>
    public NormProblem Problem(NormPass pass, DType dtype, double[][] groups, double epsilon)
    {
        var (count, length) = (groups.Length, groups[0].Length);
        var shape = !Op.HasChannels()
            ? Rank == 2
                ? new Shape(count, length)
                : new Shape(1, count, length)
            : Rank == 2
                ? new Shape(length, count)
                : Rank == 3
                    ? new Shape(1, count, length)
                    : new Shape(1, count, 1, length);
        var renorm = Op == NormOp.BatchRenorm;
        return new NormProblem
        {
            Op = Op,
            Pass = pass,
            DType = dtype,
            Shape = shape,
            Layout = Layout,
            Affine = Affine,
            Epsilon = epsilon,
            Groups = Op == NormOp.GroupNorm ? count : 1,
            Axis = Op.HasChannels() ? 0 : Rank - 1,
            RMax = renorm ? 1 : double.PositiveInfinity,
            DMax = renorm ? 0 : double.PositiveInfinity,
            Saved = false,
            Running = Running,
            Convention = Stored,
        }.Validated();
    }
}
