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

    /// <summary>1/√(v + ε) with 11 bits behind the point.</summary>
    private sealed class RootEstimate<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T InverseStd(T variance, T epsilon)
        {
            var root = 1 / Math.Sqrt(double.CreateTruncating(variance + epsilon));
            var bits = BitConverter.DoubleToInt64Bits(root);
            return double.IsFinite(root)
                ? T.CreateTruncating(BitConverter.Int64BitsToDouble(bits & ~((1L << 41) - 1)))
                : T.CreateTruncating(root);
        }
    }
}
