using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Campaigns;

/// <summary>
/// What the climbing searches of a campaign are about, one op and pass each, so that the ops take turns. They prefer f32
/// and f64: in 16 bits the rounding of the output is most of the error, and there is nothing to climb on.
/// </summary>
internal static class SearchTargets
{
    public static IReadOnlyList<CaseSelection> Of(CaseSelection selection)
    {
        DType[] wide = [.. selection.DTypes.Where(dtype => dtype is DType.F32 or DType.F64)];
        return
        [
            .. selection
                .Cells()
                .Select(cell => (cell.Op, cell.Pass))
                .Distinct()
                .OrderBy(each => each.Pass)
                .ThenBy(each => each.Op)
                .Select(each =>
                    selection with
                    {
                        Ops = [each.Op],
                        Passes = [each.Pass],
                        DTypes = wide.Length > 0 ? wide : selection.DTypes,
                    }
                ),
        ];
    }
}
