using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Placement, value, type or absence of ε.</summary>
internal static class EpsilonFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "eps-01",
            FaultClass.Epsilon,
            "ε is added to √v, not to v",
            ["pjreddie/darknet#17", "pjreddie/darknet#1723"],
            s_bn,
            [.. NormPasses.All],
            () => new OutsideRoot<float>(),
            () => new OutsideRoot<double>()
        ),
        Make.Around(
            "eps-05",
            FaultClass.Epsilon,
            "ε below 1.001e-5 is silently replaced by 1.001e-5",
            ["tensorflow/tensorflow#8090", "tensorflow/tensorflow#37768"],
            s_bn,
            [.. NormPasses.All],
            new()
            {
                Problem = problem => problem with { Epsilon = Math.Max(problem.Epsilon, 1.001e-5) },
            }
        ),
    ];

    private sealed class OutsideRoot<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Std(T variance, T epsilon) => T.Sqrt(variance) + epsilon;

        public override T InverseStd(T variance, T epsilon) => T.One / Std(variance, epsilon);
    }
}
