using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Batch renormalization, and masks that such layers ignore.</summary>
internal static class RenormFaults
{
    private static readonly NormOp[] s_renorm = [NormOp.BatchRenorm];

    public static Fault[] All { get; } =
    [
        Make.Around(
            "renorm-02",
            FaultClass.Renorm,
            "rmax and dmax keep their first values of 1 and 0, so the layer is a plain batch norm",
            ["keras-team/keras-contrib#127"],
            s_renorm,
            Make.Training,
            new() { Problem = problem => problem with { RMax = 1, DMax = 0 } }
        ),
        Make.Fault(
            "renorm-03a",
            FaultClass.Renorm,
            "inference takes the running σ for a variance and puts ε and a root around it",
            ["keras-team/keras-contrib#287"],
            s_renorm,
            [NormPass.ForwardInference],
            () => new StdTakenForVariance<float>(),
            () => new StdTakenForVariance<double>()
        ),
        Make.Fault(
            "renorm-03b",
            FaultClass.Renorm,
            "inference adds ε to a running σ that has its ε already",
            ["keras-team/keras-contrib#287"],
            s_renorm,
            [NormPass.ForwardInference],
            () => new TwofoldEpsilon<float>(),
            () => new TwofoldEpsilon<double>()
        ),
        Make.Fault(
            "renorm-03c",
            FaultClass.Renorm,
            "the running σ takes in v + ε, a variance",
            ["keras-team/keras-contrib#287"],
            s_renorm,
            Make.Training,
            () => new StoresVariance<float>(),
            () => new StoresVariance<double>()
        ),
        Make.Fault(
            "renorm-03d",
            FaultClass.Renorm,
            "r and d are made with the root of the running σ, as if it were a variance",
            ["keras-team/keras-contrib#287"],
            s_renorm,
            Make.Training,
            () => new StdTakenForVarianceInTraining<float>(),
            () => new StdTakenForVarianceInTraining<double>()
        ),
        Make.Fault(
            "renorm-06a",
            FaultClass.Renorm,
            "d has ε added to the running σ in its denominator",
            ["keras-team/keras-contrib#28"],
            s_renorm,
            Make.Training,
            () => new EpsilonInShift<float>(),
            () => new EpsilonInShift<double>()
        ),
        Make.Fault(
            "renorm-06b",
            FaultClass.Renorm,
            "d is divided by the σ of the batch, not by the running σ",
            ["keras-team/keras-contrib#28"],
            s_renorm,
            Make.Training,
            () => new BatchStdInShift<float>(),
            () => new BatchStdInShift<double>()
        ),
        Make.Fault(
            "renorm-07a",
            FaultClass.Renorm,
            "the gradient flows through r and d, which are constants of a step",
            ["tensorflow/tensorflow#8544"],
            s_renorm,
            [NormPass.BackwardTraining],
            () => new ThroughCorrections<float>(),
            () => new ThroughCorrections<double>()
        ),
        Make.Around(
            "renorm-07b",
            FaultClass.Renorm,
            "the gradient is stopped at γ and β, not at r and d",
            ["tensorflow/tensorflow#8544"],
            s_renorm,
            [NormPass.BackwardTraining],
            new()
            {
                Outputs = (_, tensors) =>
                {
                    tensors.Overwrite(TensorRole.DGamma, values => new double[values.Length]);
                    tensors.Overwrite(TensorRole.DBeta, values => new double[values.Length]);
                },
            }
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "mask-02",
            FaultClass.Mask,
            "padded frames of shorter sequences count in the statistics",
            "freewym/espresso#46",
            "a problem has no mask: every element of x counts"
        ),
    ];
}
