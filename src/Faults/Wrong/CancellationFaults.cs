using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Cancellation: one-pass variance, folded bias, inaccurate mean.</summary>
internal static class CancellationFaults
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormPass[] s_training =
    [
        NormPass.ForwardTraining,
        NormPass.BackwardTraining,
    ];

    public static Fault[] All { get; } =
    [
        OnePass(
            "canc-01",
            "the variance is Σx²/m − μ², which cancels where the mean is large beside σ",
            ["microsoft/onnxruntime#28463", "microsoft/onnxruntime#21935"],
            s_ln,
            Make.Training,
            _ => true
        ),
        OnePass(
            "canc-02",
            "the kernel fused with its neighbours keeps Σx²/m − μ² after the plain kernel was mended",
            ["microsoft/onnxruntime#28463"],
            s_ln,
            Make.Training,
            problem => problem.Affine == AffineParts.Both
        ),
        Clamped(
            "canc-04",
            "the channels-last kernel takes Σx²/m − μ², clamped at 0; the channels-first kernel is right",
            ["pytorch/pytorch#40302", "pytorch/pytorch#54293", "pytorch/pytorch#49821"],
            [NormOp.GroupNorm],
            s_training,
            problem => problem.Layout == Layout.ChannelsLast
        ),
        Make.Fault(
            "canc-06",
            FaultClass.Cancellation,
            "a compiler takes the norm apart into operators and the variance into Σx²/m − μ²",
            ["apache/tvm#19643", "apache/tvm#19592"],
            s_ln,
            Make.Training,
            () => new DividingOnePass<float>(),
            () => new DividingOnePass<double>(),
            null,
            [DType.F32]
        ),
        Clamped(
            "canc-07",
            "rows of 16 and more take the vector path with Σx²/m − μ²; shorter ones a stable one",
            ["tracel-ai/burn#5607"],
            s_ln,
            Make.Training,
            problem => problem.GroupSize >= 16
        ),
        Make.Fault(
            "canc-08",
            FaultClass.Cancellation,
            "Σx and Σx² are gathered in lanes in one read, and the variance is their difference",
            ["ml-explore/mlx#2238"],
            s_ln,
            Make.Training,
            () => new FourLaneOnePass<float>(),
            () => new FourLaneOnePass<double>()
        ),
        Make.Fault(
            "canc-09",
            FaultClass.Cancellation,
            "to save a read the variance is Σx²/m − μ², and where that is negative 1/σ becomes 0",
            ["openvinotoolkit/openvino#36587", "openvinotoolkit/openvino#28339"],
            [NormOp.GroupNorm, NormOp.InstanceNorm],
            Make.Training,
            () => new ZeroRootOnePass<float>(),
            () => new ZeroRootOnePass<double>()
        ),
        Clamped(
            "canc-11a",
            "a fast variance Σx²/m − μ² is clamped at 0, so that its errors no longer show as NaN",
            ["google/flax#1491", "patrick-kidger/equinox#314", "google/objax#182"],
            [NormOp.BatchNorm, NormOp.LayerNorm],
            Make.Training,
            _ => true
        ),
        OnePass(
            "canc-11b",
            "the moments of a batch are Σx/m and Σx²/m − μ², and negative variances come out",
            ["tensorflow/tensorflow#3290"],
            [NormOp.BatchNorm],
            Make.Training,
            _ => true
        ),
        Clamped(
            "canc-12",
            "all layers of a framework change to Σx²/m − μ² for speed, forward and backward",
            ["keras-team/keras-core#866"],
            [NormOp.BatchNorm, NormOp.LayerNorm, NormOp.GroupNorm],
            s_training,
            _ => true
        ),
        Make.Fault(
            "canc-15a",
            FaultClass.Cancellation,
            "x̂ is formed as fma(x, 1/σ, −μ/σ), so that not even a single element gives β",
            ["pytorch/pytorch#188372", "pytorch/pytorch#188375"],
            s_ln,
            Make.Training,
            () => new FoldedMean<float>(),
            () => new FoldedMean<double>()
        ) with
        {
            Contract = "centre-first",
        },
        Make.Fault(
            "canc-15b",
            FaultClass.Cancellation,
            "dγ is summed from fma(x, 1/σ, −μ/σ), the mean folded into a bias",
            ["pytorch/pytorch#188372", "pytorch/pytorch#188375"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new FoldedScaleGradient<float>(),
            () => new FoldedScaleGradient<double>()
        ) with
        {
            Contract = "centre-first",
        },
        Make.Fault(
            "canc-15c",
            FaultClass.Cancellation,
            "the folded bias −μ/σ is kept in bfloat16 before x/σ is added",
            ["pytorch/pytorch#188372", "pytorch/pytorch#188375"],
            s_ln,
            Make.Training,
            () => new StoredFoldedMean<float>(),
            () => new StoredFoldedMean<double>(),
            null,
            [DType.BF16]
        ),
        Make.Fault(
            "canc-17",
            FaultClass.Cancellation,
            "squares are summed in binary64, but around a mean that was summed in binary32",
            ["microsoft/onnxruntime#31973"],
            s_ln,
            Make.Training,
            () => new WideSquaresOnly(),
            () => new Recipe<double>(),
            null,
            [DType.F32]
        ) with
        {
            Contract = "compensated",
        },
        Make.Around(
            "canc-18",
            FaultClass.Cancellation,
            "long groups are summed from the first element to the last in binary32",
            ["pytorch/pytorch#54293"],
            [NormOp.GroupNorm],
            Make.Training,
            Tampering.None,
            [DType.F32]
        ) with
        {
            Contract = "pairwise",
        },
        Make.Fault(
            "canc-20",
            FaultClass.Cancellation,
            "the variance to store is recovered as 1/(1/σ)² − ε, which may come out negative",
            ["shicai/MobileNet-Caffe#87", "tensorflow/tensorflow#18334"],
            [NormOp.BatchNorm],
            Make.Training,
            () => new RecoveredVariance<float>(),
            () => new RecoveredVariance<double>()
        ),
    ];

    /// <summary>Σx²/m − μ² where the condition holds.</summary>
    private static Fault OnePass(
        string id,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Func<NormProblem, bool> when
    ) =>
        Make.Fault(
            id,
            FaultClass.Cancellation,
            story,
            links,
            ops,
            passes,
            () => new Branch(when, new OnePass<float>(), new Recipe<float>()),
            () => new Branch(when, new OnePass<double>(), new Recipe<double>())
        );

    /// <summary>max(Σx²/m − μ², 0) where the condition holds.</summary>
    private static Fault Clamped(
        string id,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Func<NormProblem, bool> when
    ) =>
        Make.Fault(
            id,
            FaultClass.Cancellation,
            story,
            links,
            ops,
            passes,
            () => new Branch(when, new ClampedOnePass<float>(), new Recipe<float>()),
            () => new Branch(when, new ClampedOnePass<double>(), new Recipe<double>())
        );
}
