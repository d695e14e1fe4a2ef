using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>
/// Races, shared scratch memory, nondeterminism. Some are right in every single call: only two callers at once, or a
/// second call, show them.
/// </summary>
internal static class RaceFaults
{
    private static readonly NormOp[] s_ln = [NormOp.LayerNorm];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "race-01a",
            FaultClass.Race,
            "the deviations are kept in one scratch row that all callers share",
            ["ml-explore/mlx#2333", "ml-explore/mlx#2340"],
            s_ln,
            Make.Training,
            () => new SharedRow<float>(),
            () => new SharedRow<double>()
        ),
        Make.Fault(
            "race-01b",
            FaultClass.Race,
            "μ and 1/σ of the current row are kept where all callers keep them",
            ["ml-explore/mlx#2333", "ml-explore/mlx#2340"],
            s_ln,
            Make.Training,
            () => new SharedStatistics<float>(),
            () => new SharedStatistics<double>()
        ),
        Make.Fault(
            "race-02",
            FaultClass.Race,
            "in rows of more than 1024 the last quarter's partial sum is read before it is there, so it is that of the row before",
            ["PaddlePaddle/Paddle#56435"],
            s_ln,
            Make.Training,
            () => new LatePartialSum<float>(),
            () => new LatePartialSum<double>(),
            dtypes: [DType.F16]
        ),
        Make.Fault(
            "race-04a",
            FaultClass.Race,
            "two threads add the terms of dγ and dβ to one number without a lock",
            ["meta-pytorch/tritonbench#1266"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new UnlockedGradients<float>(),
            () => new UnlockedGradients<double>()
        ),
        Make.Fault(
            "race-04b",
            FaultClass.Race,
            "with more than 32 rows, a term of dγ and dβ overwrites the partial sum that an earlier row left instead of adding to it",
            ["meta-pytorch/tritonbench#1266"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new LostUpdates<float>(),
            () => new LostUpdates<double>()
        ),
        Make.Fault(
            "race-04c",
            FaultClass.Race,
            "partial sums of dγ and dβ, one for each of 8 workers, are not cleared: workers without a row give what an earlier call left",
            ["meta-pytorch/tritonbench#1266"],
            s_ln,
            [NormPass.BackwardTraining],
            () => new StaleWorkers<float>(),
            () => new StaleWorkers<double>()
        ),
        Make.Fault(
            "race-07",
            FaultClass.Race,
            "blocks of Welford's method are merged in an order that differs from call to call",
            ["tenstorrent/tt-metal#46523", "tenstorrent/tt-metal#46799"],
            s_ln,
            Make.Training,
            () => new RandomMerges<float>(),
            () => new RandomMerges<double>(),
            dtypes: [DType.F32]
        ),
    ];

    public static Inexpressible[] Left { get; } =
    [
        new(
            "race-08",
            FaultClass.Race,
            "the last bits of dγ depend on the number of threads",
            "pytorch/pytorch 1.13.1",
            "equivalent: the contract allows any order of summation, and a call has no number of threads"
        ),
    ];

    private sealed class SharedRow<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private static T[] s_row = [];

        public override T Variance(ReadOnlySpan<T> x, T mean)
        {
            if (s_row.Length < x.Length)
            {
                s_row = new T[x.Length];
            }

            // Read once: another caller may put a longer one there.
            var row = s_row;
            for (var i = 0; i < x.Length; i++)
            {
                row[i] = x[i] - mean;
            }

            return SumOfProducts(row.AsSpan(0, x.Length), row.AsSpan(0, x.Length)) / Count(x);
        }
    }

    private sealed class SharedStatistics<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private static GroupStatistics<T> s_current;

        public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype) =>
            s_current = statistics;

        public override T Normalize(T x, in GroupStatistics<T> statistics) =>
            base.Normalize(x, s_current);
    }

    /// <summary>Four partial sums; the last is the last of the sum of this kind before it.</summary>
    private sealed class LatePartialSum<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int OneWorker = 1024;
        private T _last;

        public override void Begin(NormProblem problem) => _last = T.Zero;

        public override T Mean(ReadOnlySpan<T> x)
        {
            if (x.Length <= OneWorker)
            {
                return base.Mean(x);
            }

            var first = x.Length / 4 * 3;
            var before = _last;
            _last = Sum(x[first..]);
            return (Sum(x[..first]) + before) / Count(x);
        }
    }

    /// <summary>total += term from two threads.</summary>
    private sealed class UnlockedGradients<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private T _total;

        public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
        {
            var terms = new T[dy.Length];
            for (var i = 0; i < terms.Length; i++)
            {
                terms[i] = dy[i] * corrected[i];
            }

            return Total(terms);
        }

        public override T ShiftGradient(ReadOnlySpan<T> dy) => Total(dy.ToArray());

        private T Total(T[] terms)
        {
            _total = T.Zero;
            var half = terms.Length / 2;
            if (half > 0)
            {
                Parallel.Invoke(() => Add(terms[..half]), () => Add(terms[half..]));
            }
            else
            {
                Add(terms);
            }

            return _total;
        }

        private void Add(T[] terms)
        {
            foreach (var term in terms)
            {
                _total += term;
            }
        }
    }

    /// <summary>Partial sum i mod 32 is the last term that it got, not their sum.</summary>
    private sealed class LostUpdates<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Partials = 32;

        public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
        {
            var kept = Math.Max(dy.Length - Partials, 0);
            return base.ScaleGradient(dy[kept..], corrected[kept..]);
        }

        public override T ShiftGradient(ReadOnlySpan<T> dy) =>
            base.ShiftGradient(dy[Math.Max(dy.Length - Partials, 0)..]);
    }

    /// <summary>Blocks of 8, merged by Chan's formula in the order of a counter that all calls share.</summary>
    private sealed class RandomMerges<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Block = 8;
        private static int s_calls = Environment.TickCount;
        private Random _order = new(0);

        public override void Begin(NormProblem problem) =>
            _order = new(Interlocked.Increment(ref s_calls));

        public override Moments<T> Measure(ReadOnlySpan<T> x)
        {
            var starts = Enumerable.Range(0, (x.Length + Block - 1) / Block).ToArray();
            _order.Shuffle(starts);
            var (mean, squares, count) = (T.Zero, T.Zero, T.Zero);
            foreach (var start in starts)
            {
                var first = start * Block;
                var block = x.Slice(first, Math.Min(Block, x.Length - first));
                var moments = base.Measure(block);
                var share = Count(block) / (count + Count(block));
                var distance = moments.Mean - mean;
                squares +=
                    (moments.Variance * Count(block)) + (distance * (distance * (count * share)));
                mean += distance * share;
                count += Count(block);
            }

            return new(mean, T.Zero, squares / count);
        }
    }

    /// <summary>Row r is worker r mod 8's; the sums of all 8 are added up.</summary>
    private sealed class StaleWorkers<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T[] _scale = new T[8];
        private readonly T[] _shift = new T[8];

        public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
        {
            for (var row = 0; row < dy.Length; row++)
            {
                Put(_scale, row, dy[row] * corrected[row]);
            }

            return Sum(_scale);
        }

        public override T ShiftGradient(ReadOnlySpan<T> dy)
        {
            for (var row = 0; row < dy.Length; row++)
            {
                Put(_shift, row, dy[row]);
            }

            return Sum(_shift);
        }

        private static void Put(T[] partial, int row, T term) =>
            partial[row % partial.Length] =
                row < partial.Length ? term : partial[row % partial.Length] + term;
    }
}
