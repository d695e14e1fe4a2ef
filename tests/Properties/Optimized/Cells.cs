using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>Every op with every pass, element type and layout.</summary>
internal static class Cells
{
    public static IEnumerable<Tier> Tiers => Enum.GetValues<Tier>();

    public static IEnumerable<(NormOp Op, NormPass Pass)> Passes =>
        NormOps.All.SelectMany(op => op.Passes().Select(pass => (op, pass)));

    /// <summary>All cells for one op, of shapes given as N×C×S (whose C the groups divide) and as rows × length.</summary>
    public static IEnumerable<NormProblem> Of(
        NormOp op,
        DType dtype,
        IReadOnlyList<int[]> shapes,
        int groups = 1
    ) =>
        from shape in shapes
        from pass in op.Passes()
        from layout in op.HasChannels() ? Layouts.All : [Layout.ChannelsFirst]
        select new NormProblem
        {
            Op = op,
            Pass = pass,
            DType = dtype,
            Shape = new Shape(shape),
            Axis = op.HasChannels() ? 0 : 1,
            Layout = layout,
            Groups = op == NormOp.GroupNorm ? groups : 1,
            RMax = op == NormOp.BatchRenorm ? 1.5 : double.PositiveInfinity,
            DMax = op == NormOp.BatchRenorm ? 0.5 : double.PositiveInfinity,
        }.Validated();
}
