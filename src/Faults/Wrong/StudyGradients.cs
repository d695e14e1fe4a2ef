using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Mutants of the backward formula.</summary>
internal static class StudyGradients
{
    private static readonly NormPass[] s_backward = [NormPass.BackwardTraining];
    private static readonly NormOp[] s_centred = [.. NormOps.All.Except([NormOp.RmsNorm])];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "m35",
            FaultClass.Backward,
            "dx lacks the term with the mean of dy·x̂",
            [Study.Link("M35")],
            [.. NormOps.All],
            s_backward,
            () => new WithoutCorrelation<float>(),
            () => new WithoutCorrelation<double>()
        ),
        Make.Fault(
            "m36",
            FaultClass.Backward,
            "dx lacks the term with the mean of dy",
            [Study.Link("M36")],
            s_centred,
            s_backward,
            () => new WithoutMean<float>(),
            () => new WithoutMean<double>()
        ),
        Make.Around(
            "m37",
            FaultClass.Backward,
            "dγ is made from γ·x̂, not from x̂",
            [Study.Link("M37")],
            [.. NormOps.All],
            Make.Backward,
            new()
            {
                Outputs = (_, tensors) =>
                    tensors.Overwrite(
                        TensorRole.DGamma,
                        gradient =>
                            [
                                .. gradient.Zip(
                                    tensors.Require(TensorRole.Gamma).ToDoubles(),
                                    (sum, gamma) => sum * gamma
                                ),
                            ]
                    ),
            }
        ),
    ];

    private sealed class WithoutCorrelation<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override GradientMeans<T> Project(
            ReadOnlySpan<T> g,
            ReadOnlySpan<T> normalized,
            bool centred
        ) => base.Project(g, normalized, centred) with { Correlation = T.Zero };
    }

    private sealed class WithoutMean<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override GradientMeans<T> Project(
            ReadOnlySpan<T> g,
            ReadOnlySpan<T> normalized,
            bool centred
        ) => base.Project(g, normalized, centred) with { Gradient = T.Zero };
    }
}
