using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Which ops and passes many laws are about.</summary>
internal static class LawOps
{
    /// <summary>y = x̂ where γ and β are absent.</summary>
    public static IReadOnlyList<NormOp> Standardizing { get; } =
    [NormOp.BatchNorm, NormOp.LayerNorm, NormOp.InstanceNorm, NormOp.GroupNorm];

    /// <summary>The same and RMS norm, whose mean is 0.</summary>
    public static IReadOnlyList<NormOp> Plain { get; } = [.. Standardizing, NormOp.RmsNorm];

    /// <summary>Those that take a mean.</summary>
    public static IReadOnlyList<NormOp> Centred { get; } = [.. Standardizing, NormOp.BatchRenorm];

    public static IReadOnlyList<NormOp> Renorm { get; } = [NormOp.BatchRenorm];

    public static IReadOnlyList<NormPass> Forwards { get; } =
    [NormPass.ForwardTraining, NormPass.ForwardInference];

    public static IReadOnlyList<NormPass> Backwards { get; } =
    [NormPass.BackwardTraining, NormPass.BackwardInference];
}
