using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Null operands, out of bounds, uninitialized, freed, aliasing.</summary>
internal static class MemoryFaults
{
    private static readonly NormOp[] s_in = [NormOp.InstanceNorm];
    private static readonly NormOp[] s_bn = [NormOp.BatchNorm];

    public static Fault[] All { get; } =
    [
        Wrapped.Fault(
            "mem-02",
            FaultClass.Memory,
            "γ is packed and the original let go at first use, so a second layer with the same γ finds none",
            ["microsoft/onnxruntime#22704"],
            [NormOp.RmsNorm],
            Make.Training,
            FreedGamma,
            [DType.F16]
        ),
        Wrapped.Fault(
            "mem-05a",
            FaultClass.Memory,
            "the last vector of 8 is stored whole, past the end of y",
            ["openvinotoolkit/openvino#19331"],
            s_in,
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    right.Compute(problem, map, tensors);
                    var y = tensors.Require(TensorRole.Y);
                    for (var at = y.Count; at % 8 != 0; at++)
                    {
                        y.Write(at, 0);
                    }
                },
            [DType.F32, DType.F16]
        ),
        Wrapped.Fault(
            "mem-05b",
            FaultClass.Memory,
            "a loop that counts down does not stop at 0 and writes the element ahead of y",
            ["openvinotoolkit/openvino#19331"],
            s_in,
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    right.Compute(problem, map, tensors);
                    tensors.Require(TensorRole.Y).Write(-1, 0);
                },
            [DType.F32, DType.F16]
        ),
        Make.Fault(
            "mem-06a",
            FaultClass.Memory,
            "1/σ of a channel without variance is never computed, and its memory never set",
            ["ROCm/MIOpen#248", "ROCm/pytorch#657"],
            s_bn,
            Make.Training,
            () => new UnsetRoot<float>(stale: false),
            () => new UnsetRoot<double>(stale: false)
        ),
        Make.Fault(
            "mem-06b",
            FaultClass.Memory,
            "1/σ of a channel without variance is never computed, so it is that of the channel before",
            ["ROCm/MIOpen#248", "ROCm/pytorch#657"],
            s_bn,
            Make.Training,
            () => new UnsetRoot<float>(stale: true),
            () => new UnsetRoot<double>(stale: true)
        ),
        Make.Fault(
            "mem-07",
            FaultClass.Memory,
            "the statistics of sample n and channel c are read at n·N + c where they were stored at n·C + c",
            ["microsoft/onnxruntime#8766"],
            s_in,
            Make.Training,
            () => new WrongPitch<float>(),
            () => new WrongPitch<double>()
        ),
        Wrapped.Fault(
            "mem-09",
            FaultClass.Memory,
            "γ is read although the call has none",
            ["huggingface/diffusers#14581"],
            [NormOp.RmsNorm],
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    if (tensors[TensorRole.Gamma] is null)
                    {
                        throw new NullReferenceException("γ is null");
                    }

                    right.Compute(problem, map, tensors);
                },
            Make.Short
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "mem-08",
            FaultClass.Memory,
            "a batch without rows makes an invalid launch",
            "intel/torch-xpu-ops#4378",
            "every extent of a problem is at least 1"
        ),
    ];

    private static WrongCall FreedGamma()
    {
        var packed = new HashSet<string>();
        return (right, problem, map, tensors) =>
        {
            if (tensors[TensorRole.Gamma] is { } gamma)
            {
                // Another γ is another weight, whatever its address.
                var weight = Convert.ToHexString(
                    System.Runtime.InteropServices.MemoryMarshal.AsBytes(gamma.ToDoubles().AsSpan())
                );
                if (!packed.Add(weight))
                {
                    throw new InvalidOperationException("missing input: gamma");
                }
            }

            right.Compute(problem, map, tensors);
        };
    }

    /// <summary>1/σ only where v is not 0.</summary>
    private sealed class UnsetRoot<T>(bool stale) : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private T _memory = T.NaN;

        public override void Begin(NormProblem problem) => _memory = stale ? T.Zero : T.NaN;

        public override T InverseStd(T variance, T epsilon)
        {
            if (T.IsZero(variance))
            {
                return _memory;
            }

            var root = base.InverseStd(variance, epsilon);
            _memory = stale ? root : _memory;
            return root;
        }
    }

    private sealed class WrongPitch<T> : StatisticsOfOthers<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override int Source(int group, int k)
        {
            var (sample, channel) = Math.DivRem(group, Problem.Channels);
            return (sample * Problem.Shape[0]) + channel;
        }
    }
}
