using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Tails, padding lanes, block sizes.</summary>
internal static class TailFaults
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];
    private static readonly NormOp[] s_rows = [NormOp.LayerNorm, NormOp.RmsNorm];
    private static readonly DType[] s_f16 = [DType.F16];
    private static readonly DType[] s_bf16 = [DType.BF16];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "tail-02",
            FaultClass.Tail,
            "of the partial sums of 32 lanes each, only as many are added up as the last one has lanes",
            ["ggml-org/llama.cpp#26708"],
            s_rows,
            Make.Training,
            () => new LastGroupLanes<float>(),
            () => new LastGroupLanes<double>(),
            dtypes: [DType.F32]
        ),
        Wrapped.Fault(
            "tail-05",
            FaultClass.Tail,
            "a scratch of one float per 32 lanes is put ahead of a buffer for vectors of 16 bytes, which is then misaligned unless the lanes come to a multiple of 128",
            ["flashinfer-ai/flashinfer#634", "flashinfer-ai/flashinfer#636"],
            [NormOp.RmsNorm],
            Make.Training,
            () =>
                (right, problem, map, tensors) =>
                {
                    const int Vector = 8;
                    var lanes = Math.Min(map.GroupSize / Vector, 1024);
                    var warps = (lanes + 31) / 32;

                    // Rows of other lengths are loaded one number at a time.
                    if (map.GroupSize % Vector == 0 && warps % 4 != 0)
                    {
                        throw new DataMisalignedException("misaligned address");
                    }

                    right.Compute(problem, map, tensors);
                },
            s_f16
        ),
        Padded(
            "tail-06a",
            "rows are padded with zeros to tiles of 32, and the mean and the variance are those of the padded row",
            32,
            Padding.All
        ),
        Padded(
            "tail-06b",
            "rows are padded with zeros to tiles of 32; divisors are right, but the variance has (0 − μ)² of every padding lane",
            32,
            Padding.Deviations
        ),
        Padded(
            "tail-06c",
            "the mean, but not the variance, is divided by the width rounded up to tiles of 32",
            32,
            Padding.MeanDivisor
        ),
        Padded(
            "tail-06d",
            "the variance, but not the mean, is divided by the width rounded up to tiles of 32",
            32,
            Padding.VarianceDivisor
        ),
        Make.Fault(
            "tail-06e",
            FaultClass.Tail,
            "padding lanes keep what the row before left in them and are summed too; divisors are right",
            ["tenstorrent/tt-metal#28365", "tenstorrent/tt-metal#33527"],
            s_ln,
            Make.Training,
            () => new StalePadding<float>(),
            () => new StalePadding<double>(),
            dtypes: s_bf16
        ),
        Make.Fault(
            "tail-07a",
            FaultClass.Tail,
            "the scalar loop after the last vector of 16 does not take the mean away",
            ["vllm-project/vllm-xpu-kernels#131", "antgroup/vsag#1926"],
            s_ln,
            Make.Training,
            () => new UncentredTailRecipe<float>(16),
            () => new UncentredTailRecipe<double>(16)
        ),
        Make.Fault(
            "tail-07b",
            FaultClass.Tail,
            "the prefix up to the first aligned vector is counted in 4-byte numbers where they have 2 bytes, so half of it is in no sum",
            ["vllm-project/vllm-xpu-kernels#131"],
            s_ln,
            Make.Training,
            () => new ShortPrefix<float>(),
            () => new ShortPrefix<double>(),
            dtypes: Make.Short
        ),
        Make.Fault(
            "tail-08a",
            FaultClass.Tail,
            "the number of blocks is width / 8 / 8 in whole numbers, so a row of less than 64 is not computed at all",
            ["NVIDIA/Fuser#467"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new WrittenRecipe<float>(width => width / 8 / 8 == 0 ? 0 : width),
            () => new WrittenRecipe<double>(width => width / 8 / 8 == 0 ? 0 : width),
            dtypes: s_f16
        ),
        Make.Fault(
            "tail-08b",
            FaultClass.Tail,
            "each thread does groups / 4 groups in whole numbers, so up to three groups are left over",
            ["facebookincubator/AITemplate#72"],
            [NormOp.GroupNorm],
            Make.Training,
            () => new ReachRecipe<float>(groups => groups / 4 * 4),
            () => new ReachRecipe<double>(groups => groups / 4 * 4),
            dtypes: s_f16
        ),
        Make.Fault(
            "tail-10a",
            FaultClass.Tail,
            "the backward's two sums go over the first 8192 features at most; the forward has no such limit",
            ["bytedance/lightseq#137", "bytedance/lightseq#161"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new CappedProjection<float>(),
            () => new CappedProjection<double>(),
            dtypes: s_f16
        ),
        Make.Fault(
            "tail-10b",
            FaultClass.Tail,
            "the backward writes dx in vectors of 8 and never the rest; the forward does",
            ["bytedance/lightseq#137", "bytedance/lightseq#161"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new WrittenRecipe<float>(width => width / 8 * 8),
            () => new WrittenRecipe<double>(width => width / 8 * 8),
            dtypes: s_f16
        ),
        Make.Fault(
            "tail-11",
            FaultClass.Tail,
            "from 1024 rows of less than 64 on, dγ and dβ are summed in rows / 8 blocks in whole numbers, so the rows left over are in neither",
            ["BobMcDear/attorch#18"],
            s_rows,
            [NormPass.BackwardTraining],
            () => LeftOverRows<float>(),
            () => LeftOverRows<double>()
        ),
    ];

    public static Inexpressible[] Left { get; } = [];

    private static Fault Padded(string id, string story, int width, Padding padding) =>
        Make.Fault(
            id,
            FaultClass.Tail,
            story,
            ["tenstorrent/tt-metal#28365", "tenstorrent/tt-metal#33527"],
            s_ln,
            Make.Training,
            () => new PaddedRecipe<float>(width, padding),
            () => new PaddedRecipe<double>(width, padding),
            dtypes: s_bf16
        );

    private static Branch LeftOverRows<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(
            problem => problem.StatisticsShape.Count >= 1024 && problem.GroupSize < 64,
            new WholeBlocks<T>(),
            new Recipe<T>()
        );

    /// <summary>Lane t sums terms t, t + 1024, …; of the partial sums of 32 lanes the first few are added up.</summary>
    private sealed class LastGroupLanes<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Width = 32;
        private const int MostLanes = 1024;

        public override T Sum(ReadOnlySpan<T> terms)
        {
            var lanes = Math.Min(terms.Length, MostLanes);
            var groups = (lanes + Width - 1) / Width;
            var lanesOfLast = lanes - ((groups - 1) * Width);
            Span<T> partial = stackalloc T[groups];
            partial.Clear();
            for (var i = 0; i < terms.Length; i++)
            {
                partial[i % MostLanes / Width] += terms[i];
            }

            return base.Sum(partial[..Math.Min(groups, lanesOfLast)]);
        }
    }

    /// <summary>μ = Σx/m over a tile whose last lanes hold the first numbers of the row before, 0 for the first row.</summary>
    private sealed class StalePadding<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Tile = 32;
        private T[] _before = [];

        public override void Begin(NormProblem problem) => _before = [];

        public override T Mean(ReadOnlySpan<T> x)
        {
            var padding = Math.Min((Tile - (x.Length % Tile)) % Tile, _before.Length);
            var sum = Sum(x) + Sum(_before.AsSpan(0, padding));
            _before = x.ToArray();
            return sum / Count(x);
        }
    }

    /// <summary>Sums without the numbers between the prefix as it is counted and the prefix as it is.</summary>
    private sealed class ShortPrefix<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Alignment = 32;
        private int _size;
        private int _width;
        private int _from;
        private int _to;

        public override void Begin(NormProblem problem) =>
            (_size, _width) = (problem.DType.Size(), (int)problem.GroupSize);

        public override void Enter(int group)
        {
            // Tensors begin at aligned places, rows need not.
            var past = group * _width * _size % Alignment;
            var bytes = past == 0 ? 0 : Alignment - past;
            _from = Math.Min(bytes / sizeof(float), _width);
            _to = Math.Min(bytes / _size, _width);
        }

        public override T Sum(ReadOnlySpan<T> terms) =>
            base.Sum(terms[.._from]) + base.Sum(terms[_to..]);
    }

    private sealed class CappedProjection<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Most = 8192;

        public override GradientMeans<T> Project(
            ReadOnlySpan<T> g,
            ReadOnlySpan<T> normalized,
            bool centred
        )
        {
            var reached = Math.Min(g.Length, Most);
            return new(
                centred ? Sum(g[..reached]) / Count(g) : T.Zero,
                SumOfProducts(g[..reached], normalized[..reached]) / Count(g)
            );
        }
    }

    private sealed class WholeBlocks<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Block = 8;

        public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
        {
            var rows = dy.Length / Block * Block;
            return base.ScaleGradient(dy[..rows], corrected[..rows]);
        }

        public override T ShiftGradient(ReadOnlySpan<T> dy) =>
            base.ShiftGradient(dy[..(dy.Length / Block * Block)]);
    }
}
