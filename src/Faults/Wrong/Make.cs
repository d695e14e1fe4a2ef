using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Builds faults from a recipe that is wrong, or from the right recipe and something done around it.</summary>
internal static class Make
{
    public static readonly NormPass[] Forward =
    [
        NormPass.ForwardTraining,
        NormPass.ForwardInference,
    ];

    public static readonly NormPass[] Backward =
    [
        NormPass.BackwardTraining,
        NormPass.BackwardInference,
    ];

    public static readonly NormPass[] Training = [NormPass.ForwardTraining];

    public static readonly DType[] Short = [DType.F16, DType.BF16];

    /// <summary>Links and affected ops, passes and types are added with <c>with</c>.</summary>
    public static Fault Fault(
        string id,
        FaultClass kind,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Func<IRecipe> narrow,
        Func<IRecipe> wide,
        Tampering? tampering = null,
        DType[]? dtypes = null,
        string? convention = null
    )
    {
        var fault = new Fault
        {
            Id = id,
            Class = kind,
            Story = story,
            Links = links,
            Ops = ops,
            Passes = passes,
            DTypes = dtypes ?? [.. DTypes.All],
            Start = null!,
        };
        var description = TextbookBackend.Describe($"fault:{id}") with
        {
            Ops = fault.Ops,
            Passes = fault.Passes,
            DTypes = fault.DTypes,
            Convention = convention ?? Conventions.Default.Name,
        };
        return fault with
        {
            Everywhere = () =>
                new TextbookBackend(
                    TextbookBackend.Describe($"formula:{id}"),
                    wide(),
                    wide(),
                    tampering ?? Tampering.None
                ),
            Start = () =>
                new TextbookBackend(description, narrow(), wide(), tampering ?? Tampering.None),
        };
    }

    /// <summary>The right recipe with something done around it.</summary>
    public static Fault Around(
        string id,
        FaultClass kind,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Tampering tampering,
        DType[]? dtypes = null
    ) =>
        Fault(
            id,
            kind,
            story,
            links,
            ops,
            passes,
            () => new Recipe<float>(),
            () => new Recipe<double>(),
            tampering,
            dtypes
        );
}
