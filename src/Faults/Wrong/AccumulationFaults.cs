using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>Accumulation in a short type, overflow, order of casts.</summary>
internal static class AccumulationFaults
{
    private static readonly DType[] s_half = [DType.F16];
    private static readonly DType[] s_brain = [DType.BF16];
    private static readonly NormOp[] s_rms = [NormOp.RmsNorm];
    private static readonly NormPass[] s_training =
    [
        NormPass.ForwardTraining,
        NormPass.BackwardTraining,
    ];

    public static Fault[] All { get; } =
    [
        Of<StoredSquareSum<float>>(
            "acc-02",
            "the squares are summed in binary16, so that a long row overflows and comes out as zeros",
            ["SKaiNET-developers/SKaiNET#1281"],
            [NormOp.LayerNorm],
            Make.Training,
            s_half
        ),
        Of<StoredSquares<float>>(
            "acc-03",
            "the sum is in binary32, but each square is rounded to binary16 and overflows from 256 on",
            ["neuroneural/brainchop-cli#56"],
            [NormOp.GroupNorm],
            Make.Training,
            s_half
        ),
        Of<StoredOnePass<float>>(
            "acc-04a",
            "Σx and Σx² are accumulated in binary16 and overflow for large images",
            ["microsoft/onnxruntime#24514", "microsoft/onnxruntime#10079"],
            [NormOp.InstanceNorm],
            Make.Training,
            s_half
        ),
        Of<StoredScaleAndShift<float>>(
            "acc-04b",
            "a channel's scale γ/σ and shift β − μγ/σ are kept in binary16, and then y = x·scale + shift",
            ["microsoft/onnxruntime#24514"],
            [NormOp.InstanceNorm],
            Make.Training,
            s_half
        ),
        Of<StoredReductions<float>>(
            "acc-05",
            "both reductions, for the mean and for the variance, run in binary16",
            [
                "NVIDIA/TensorRT#2564",
                "NVIDIA/TensorRT#2691",
                "NVIDIA/TensorRT#3101",
                "NVIDIA/TensorRT#2466",
                "NVIDIA/TensorRT#3897",
                "NVIDIA/TensorRT#4493",
            ],
            [NormOp.LayerNorm, NormOp.InstanceNorm],
            Make.Training,
            s_half
        ),
        Of<StoredScaleGradient<float>>(
            "acc-07",
            "dγ is summed in bfloat16 from products in bfloat16",
            ["linkedin/Liger-Kernel#950"],
            s_rms,
            [NormPass.BackwardTraining],
            s_brain
        ),
        Gemma<StoredOffset<float>>(
            "acc-08a",
            "1 + w is formed in bfloat16, where a small w is lost",
            ["linkedin/Liger-Kernel#1462", "vllm-project/vllm#29810"],
            s_brain
        ),
        Gemma<MissingOffset<float>>(
            "acc-08b",
            "a weight that is stored as an offset from 1 is used without the 1",
            ["linkedin/Liger-Kernel#74", "pytorch/executorch#19901", "tenstorrent/tt-metal#22800"],
            s_brain
        ),
        Of<StoredInputSquares<float>>(
            "acc-09a",
            "x² is taken before x is widened, so that small numbers square to 0 and large ones to ∞",
            ["linkedin/Liger-Kernel#89", "linkedin/Liger-Kernel#92"],
            s_rms,
            s_training,
            Make.Short
        ),
        Of<StoredBeforeScale<float>>(
            "acc-09b",
            "x̂ is rounded to the type of the data before γ, so that y is rounded twice",
            ["vllm-project/vllm#42379", "InternLM/lmdeploy#2842", "jingyaogong/minimind#301"],
            s_rms,
            Make.Training,
            Make.Short
        ),
    ];

    /// <summary>Faults of a short type: binary64 data never comes here.</summary>
    private static Fault Of<TRecipe>(
        string id,
        string story,
        string[] links,
        NormOp[] ops,
        NormPass[] passes,
        DType[] dtypes
    )
        where TRecipe : IRecipe, new() =>
        Make.Fault(
            id,
            FaultClass.Accumulation,
            story,
            links,
            ops,
            passes,
            () => new TRecipe(),
            () => new Recipe<double>(),
            null,
            dtypes
        );

    private static Fault Gemma<TRecipe>(string id, string story, string[] links, DType[] dtypes)
        where TRecipe : IRecipe, new() =>
        Make.Fault(
            id,
            FaultClass.Accumulation,
            story,
            links,
            s_rms,
            s_training,
            () => new TRecipe(),
            () => new Recipe<double>(),
            null,
            dtypes,
            "gemma"
        );

    /// <summary>S = Σ(x − μ)² with every square and partial sum in the data's type.</summary>
    private class StoredSquareSum<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Variance(ReadOnlySpan<T> x, T mean)
        {
            var squares = new T[x.Length];
            for (var i = 0; i < squares.Length; i++)
            {
                var deviation = Stored(x[i] - mean);
                squares[i] = Stored(deviation * deviation);
            }

            return Total(squares) / Count(x);
        }

        protected virtual T Total(ReadOnlySpan<T> squares) => StoredSum(squares);
    }

    /// <summary>S = Σ(x − μ)² with every square in the data's type and the sum in the accumulator.</summary>
    private sealed class StoredSquares<T> : StoredSquareSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        protected override T Total(ReadOnlySpan<T> squares) => Sum(squares);
    }

    /// <summary>μ = Σx/m and S = Σ(x − μ)² with all of it in the data's type.</summary>
    private sealed class StoredReductions<T> : StoredSquareSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Mean(ReadOnlySpan<T> x) => Stored(StoredSum(x) / Count(x));
    }

    /// <summary>μ = Σx/m and v = Σx²/m − μ² with both sums in the data's type.</summary>
    private sealed class StoredOnePass<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override Moments<T> Measure(ReadOnlySpan<T> x)
        {
            var squares = new T[x.Length];
            for (var i = 0; i < squares.Length; i++)
            {
                squares[i] = Stored(x[i] * x[i]);
            }

            var mean = StoredSum(x) / Count(x);
            return new(mean, T.Zero, (StoredSum(squares) / Count(x)) - (mean * mean));
        }
    }

    /// <summary>y = x·a + b with a = γ/σ and b = β − μ·a, both in the data's type.</summary>
    private sealed class StoredScaleAndShift<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Apply(T x, in GroupStatistics<T> statistics, T gamma, T beta)
        {
            var scale = gamma * statistics.InverseStd;
            return (x * Stored(scale)) + Stored(beta - (statistics.Mean * scale));
        }
    }

    /// <summary>dγ = Σ dy·x̂ with every product and partial sum in the data's type.</summary>
    private sealed class StoredScaleGradient<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
        {
            var products = new T[dy.Length];
            for (var i = 0; i < products.Length; i++)
            {
                products[i] = Stored(dy[i] * corrected[i]);
            }

            return StoredSum(products);
        }
    }

    /// <summary>γ = 1 + w in the data's type.</summary>
    private sealed class StoredOffset<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Scale(T stored, T offset) => Stored(Stored(stored) + offset);
    }

    /// <summary>γ = w.</summary>
    private sealed class MissingOffset<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Scale(T stored, T offset) => stored;
    }

    /// <summary>Σx²/m with every square in the data's type.</summary>
    private sealed class StoredInputSquares<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T MeanSquare(ReadOnlySpan<T> x)
        {
            var squares = new T[x.Length];
            for (var i = 0; i < squares.Length; i++)
            {
                squares[i] = Stored(x[i] * x[i]);
            }

            return Sum(squares) / Count(x);
        }
    }

    /// <summary>y = γ·x̂ with x̂ in the data's type.</summary>
    private sealed class StoredBeforeScale<T> : AwareRecipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T Normalize(T x, in GroupStatistics<T> statistics) =>
            Stored(base.Normalize(x, statistics));
    }
}
