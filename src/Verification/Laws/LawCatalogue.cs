using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>All laws, in the order of the documentation.</summary>
public static class LawCatalogue
{
    public static IReadOnlyList<Law> All { get; } =
    [
        .. StatisticsLaws.All,
        .. SavedLaws.All,
        .. InvarianceLaws.All,
        .. MadeGroupLaws.All,
        .. ParameterLaws.All,
        .. AbsentParameterLaws.All,
        .. ParameterGradientLaws.All,
        .. GradientLaws.All,
        .. GradientSumLaws.All,
        .. GradientRelationLaws.All,
        .. RenormLaws.All,
        .. RenormConstantLaws.All,
        .. StructureLaws.All,
        .. BatchLaws.All,
        .. ReductionLaws.All,
        .. ShapeLaws.All,
        .. ViewLaws.All.Select(Beyond),
        .. RunningLaws.All,
        .. StateLaws.All,
        .. InferenceLaws.All,
        .. MachineLaws.All.Select(Beyond),
        .. MergingLaws.All,
    ];

    private static Law Beyond(Law law) => law with { BeyondOracle = true };

    /// <exception cref="InputException">No law has that id.</exception>
    public static Law Get(string id) =>
        All.FirstOrDefault(law => law.Id == id)
        ?? throw new InputException(
            $"unknown law '{id}': expected one of {string.Join(", ", All.Select(law => law.Id))}"
        );
}
