using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Approximate reciprocal square roots.</summary>
internal static class RootFaults
{
    private static readonly NormOp[] s_ops = [NormOp.LayerNorm, NormOp.RmsNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "rsq-01",
            FaultClass.Root,
            "1/√ is the processor's estimate of 12 bits, without a step of Newton's",
            ["Tencent/ncnn#6903"],
            s_ops,
            Make.Training,
            () => new RootEstimate<float>(),
            () => new RootEstimate<double>(),
            null,
            [DType.F32, DType.BF16]
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "rsq-02",
            FaultClass.Root,
            "the vector path refines 1/√ at 0 and ∞ too, where Newton's step makes 0·∞; the scalar path does not",
            "Tencent/ncnn#6903",
            "equivalent: the contract claims nothing of 1/√0 (bounds.md B11) or of a sum of squares beyond the range (B12)"
        ),
    ];
}
