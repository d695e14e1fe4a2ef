using System.Numerics;
using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Fusion, folding, rewriting of graphs: what of it a single kernel can have.</summary>
internal static class FusionFaults
{
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormPass[] s_inference = [NormPass.ForwardInference];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "fuse-01",
            FaultClass.Fusion,
            "statistics lose their axis, so in a square matrix those of row j go to column j",
            [
                "microsoft/onnxruntime#30513",
                "microsoft/onnxruntime#31144",
                "microsoft/onnxruntime#31147",
            ],
            s_ln,
            Make.Training,
            () => new LostAxis<float>(),
            () => new LostAxis<double>()
        ),
        Make.Fault(
            "fuse-04a",
            FaultClass.Fusion,
            "folding to x·a + b forgets β in b",
            ["jiazhihao/TASO#47"],
            s_bn,
            s_inference,
            () => new WithoutBias<float>(),
            () => new WithoutBias<double>()
        ),
        Make.Fault(
            "fuse-04b",
            FaultClass.Fusion,
            "folding to x·a + b takes β − μ for b: what is added is not scaled",
            ["ultralytics/yolov3#807"],
            s_bn,
            s_inference,
            () => new UnscaledBias<float>(),
            () => new UnscaledBias<double>()
        ),
        Wrapped.Fault(
            "fuse-04c",
            FaultClass.Fusion,
            "folding reads γ, which a layer without affine parameters does not have",
            ["quic/aimet#2357"],
            s_bn,
            s_inference,
            () =>
                (right, problem, map, tensors) =>
                {
                    _ = tensors.Require(TensorRole.Gamma);
                    right.Compute(problem, map, tensors);
                }
        ),
        Make.Fault(
            "fuse-04d",
            FaultClass.Fusion,
            "folding expects γ to be positive and divides β by it: (x̂ + β/γ)·γ",
            ["LeelaChessZero/lc0#778", "LeelaChessZero/lc0#779"],
            s_bn,
            s_inference,
            () => new DividedBias<float>(),
            () => new DividedBias<double>()
        ),
        Make.Fault(
            "fuse-04e",
            FaultClass.Fusion,
            "folding puts γ under the root, √(γ²/(v + ε)), which loses its sign",
            ["LeelaChessZero/lc0#778", "LeelaChessZero/lc0#779"],
            s_bn,
            s_inference,
            () => new UnsignedScale<float>(),
            () => new UnsignedScale<double>()
        ),
        Make.Around(
            "fuse-07",
            FaultClass.Fusion,
            "the bytes of γ and β are taken for numbers of the data's type, which they are not",
            ["openxla/xla#10875"],
            s_ln,
            Make.Training,
            new()
            {
                Inputs = (problem, tensors) =>
                    Reinterpreted(
                        Reinterpreted(tensors, TensorRole.Gamma, problem.DType),
                        TensorRole.Beta,
                        problem.DType
                    ),
            },
            Make.Short
        ),
        Make.Fault(
            "fuse-08a",
            FaultClass.Fusion,
            "the flag for RMS norm is accepted and not looked at: the mean is taken away",
            ["uxlfoundation/oneDNN#3298", "uxlfoundation/oneDNN#5062"],
            [NormOp.RmsNorm],
            Make.Training,
            () => new CentredRmsRecipe<float>(),
            () => new CentredRmsRecipe<double>(),
            dtypes: [DType.F32]
        ),
        Make.Around(
            "fuse-08b",
            FaultClass.Fusion,
            "y comes in f32 whatever type is asked for",
            ["uxlfoundation/oneDNN#3298", "uxlfoundation/oneDNN#5062"],
            s_ln,
            Make.Training,
            new()
            {
                Outputs = (_, tensors) =>
                {
                    var y = tensors.Require(TensorRole.Y);
                    var wide = new Tensor(DType.F32, y.Shape);
                    wide.CopyFrom(y.ToDoubles());
                    tensors[TensorRole.Y] = wide;
                },
            },
            Make.Short
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "fuse-04f",
            FaultClass.Fusion,
            "folding into a matrix product ignores the factor of the product's bias",
            "microsoft/onnxscript#3027",
            "needs a matrix product beside the normalization"
        ),
        new(
            "fuse-05",
            FaultClass.Fusion,
            "ones that stand for a missing γ saturate when they are quantized with the scale of another tensor",
            "onnxruntime/onnxruntime-qnn#417",
            "needs quantized tensors; the contract has floating-point ones"
        ),
    ];

    private static TensorSet Reinterpreted(TensorSet tensors, TensorRole role, DType dtype) =>
        tensors.Change(
            role,
            _ =>
            {
                var parameter = tensors.Require(role);
                var halves = MemoryMarshal.Cast<float, ushort>(parameter.Span<float>());
                var values = new double[parameter.Count];
                for (var k = 0; k < values.Length; k++)
                {
                    values[k] =
                        dtype == DType.F16
                            ? (double)BitConverter.UInt16BitsToHalf(halves[k])
                            : BFloat16.ToSingle(halves[k]);
                }

                return values;
            }
        );

    private sealed class LostAxis<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k) =>
            Problem.Rank == 2 && Groups == GroupSize ? k : group;
    }

    private sealed class WithoutBias<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta)
        {
            var scale = gamma * statistics.InverseStd;
            return (x * scale) - (statistics.Mean * scale);
        }
    }

    private sealed class UnscaledBias<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
            (x * (gamma * statistics.InverseStd)) + (beta - statistics.Mean);
    }

    private sealed class DividedBias<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
            (Normalize(x, statistics) + (beta / gamma)) * gamma;
    }

    private sealed class UnsignedScale<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta) =>
            (Normalize(x, statistics) * T.Abs(gamma)) + beta;
    }
}
