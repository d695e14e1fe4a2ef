using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Placement, value, type or absence of ε.</summary>
internal static class EpsilonFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];

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
        Other(
            "eps-02a",
            "inference divides by √v of the running variance, without any ε",
            ["Tencent/ncnn#303"],
            s_bn,
            [NormPass.ForwardInference],
            (_, _) => 0
        ),
        Make.Fault(
            "eps-02b",
            FaultClass.Epsilon,
            "inference adds ε to the root of the running variance",
            ["Tencent/ncnn#311"],
            s_bn,
            [NormPass.ForwardInference],
            () => new OutsideRoot<float>(),
            () => new OutsideRoot<double>()
        ),
        Other(
            "eps-03a",
            "training has 1e-5 written into the kernel, whatever ε is asked for",
            ["AlexeyAB/darknet#5447", "ceccocats/tkDNN#167"],
            s_bn,
            Make.Training,
            (_, _) => 1e-5
        ),
        Other(
            "eps-03b",
            "training uses the ε it is given and inference always 1e-3",
            ["AlexeyAB/darknet#5447"],
            s_bn,
            Make.Forward,
            (epsilon, problem) => problem.Pass.IsInference() ? 1e-3 : epsilon
        ),
        Other(
            "eps-05",
            "ε below 1.001e-5 is silently replaced by 1.001e-5",
            [
                "tensorflow/tensorflow#8090",
                "tensorflow/tensorflow#37768",
                "tensorflow/tensorflow#4919",
            ],
            s_bn,
            [.. NormPasses.All],
            (epsilon, _) => Math.Max(epsilon, 1.001e-5)
        ),
        Other(
            "eps-06a",
            "the smallest ε of a library behind it, 1e-5, takes the place of every smaller one",
            ["microsoft/onnxruntime#2680", "microsoft/onnxruntime#2681"],
            s_ln,
            Make.Training,
            (epsilon, _) => Math.Max(epsilon, 1e-5)
        ),
        Other(
            "eps-06b",
            "the forward takes ε as given and a backward that recomputes the statistics at least 1e-5",
            ["pytorch/pytorch#1742", "chainer/chainer#1955", "apache/mxnet#5824"],
            s_bn,
            [NormPass.ForwardTraining, NormPass.BackwardTraining],
            (epsilon, problem) => problem.Pass.IsBackward() ? Math.Max(epsilon, 1e-5) : epsilon
        ),
        Other(
            "eps-07",
            "a fusion loses the ε attribute and the fused kernel falls back to its default of 1e-12",
            ["microsoft/onnxruntime#3768"],
            s_ln,
            Make.Training,
            (_, _) => 1e-12
        ),
        Other(
            "eps-09",
            "ε is the constant 1e-6 in the kernel; the parameter is accepted and ignored",
            ["ggml-org/llama.cpp#8818"],
            [NormOp.GroupNorm],
            Make.Training,
            (_, _) => 1e-6
        ),
        Other(
            "eps-10",
            "ε goes through an integer argument, so that every ε below 1 arrives as 0",
            ["VeriSilicon/TIM-VX#589"],
            s_ln,
            Make.Training,
            (epsilon, _) => Math.Truncate(epsilon)
        ),
        Other(
            "eps-12",
            "ε is rounded to binary16 before it is added: 1e-12 becomes 0",
            ["pytorch/pytorch#41527"],
            s_ln,
            Make.Training,
            (epsilon, _) => (double)(Half)epsilon,
            [DType.F16]
        ),
        Make.Fault(
            "eps-15",
            FaultClass.Epsilon,
            "the denominator is √v + 1e-9: ε is fixed and stands outside the root",
            ["onnx/onnx#8281", "onnx/onnx#3947"],
            [NormOp.InstanceNorm],
            Make.Training,
            () => new FixedOutsideRoot<float>(),
            () => new FixedOutsideRoot<double>()
        ),
        Other(
            "eps-17",
            "the axis attribute is read into ε",
            ["ROCm/AMDMIGraphX#1216"],
            s_ln,
            Make.Training,
            (_, problem) => problem.Axis
        ),
        Make.Fault(
            "eps-19",
            FaultClass.Epsilon,
            "the variance to store is recovered from 1/σ by adding ε where it must be subtracted",
            ["flagos-ai/FlagGems#4955"],
            s_bn,
            Make.Training,
            () => new RecoveredWithWrongSign<float>(),
            () => new RecoveredWithWrongSign<double>()
        ),
        Make.Fault(
            "eps-21",
            FaultClass.Epsilon,
            "ε is added to the number of elements: σ = √(S/(m + ε))",
            ["xlite-dev/LeetCUDA#317"],
            s_ln,
            Make.Training,
            () => new AddedToCount<float>(),
            () => new AddedToCount<double>(),
            null,
            [DType.F32, DType.F16]
        ),
        Make.Fault(
            "eps-22",
            FaultClass.Epsilon,
            "no ε at all, beside a variance from one pass",
            ["cryscan/web-rwkv#14"],
            s_ln,
            Make.Training,
            () => new OnePassWithoutEpsilon<float>(),
            () => new OnePassWithoutEpsilon<double>()
        ),
    ];

    /// <summary>Everything right but for the ε that is used.</summary>
    private static Fault Other(
        string id,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        Func<double, NormProblem, double> epsilon,
        DType[]? dtypes = null
    ) =>
        Make.Around(
            id,
            FaultClass.Epsilon,
            story,
            links,
            ops,
            passes,
            new()
            {
                Problem = problem => problem with { Epsilon = epsilon(problem.Epsilon, problem) },
            },
            dtypes
        );
}
