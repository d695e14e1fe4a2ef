using System.Numerics;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>1/√(v + ε) with 11 bits behind the point.</summary>
internal sealed class RootEstimate<T> : Recipe<T>
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
