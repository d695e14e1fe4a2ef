using System.Runtime.Intrinsics;
using NormCheck.Contract;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Plans;

namespace NormCheck.Optimized.Dispatch;

/// <summary>A width of vector registers that the loops exist for.</summary>
/// <param name="Bits">512, 256, 128; 0: no vector registers.</param>
/// <param name="Refuses">Null where this processor (and runtime setting) has it, otherwise why not.</param>
internal sealed record VectorWidth(
    int Bits,
    Func<string?> Refuses,
    Func<NormProblem, Tier, Resources, Execution> Create
)
{
    /// <summary>Widest first. All give the same bits.</summary>
    public static IReadOnlyList<VectorWidth> All { get; } =
    [
        new(
            512,
            () => Vector512.IsHardwareAccelerated ? null : "no AVX-512 (F, BW, CD, DQ, VL)",
            Executions<Single512, Double512>.Create
        ),
        new(
            256,
            () => Vector256.IsHardwareAccelerated ? null : "no AVX2",
            Executions<Single2x256, Double4x256>.Create
        ),
        new(
            128,
            () => Vector128.IsHardwareAccelerated ? null : "no 128-bit vectors",
            Executions<
                Pair<
                    Pair<Single128, Pair<Double128, Double128>>,
                    Pair<Pair<Double128, Double128>, Pair<Double128, Double128>>
                >,
                Pair<
                    Pair<Pair<Double128, Double128>, Pair<Double128, Double128>>,
                    Pair<Pair<Double128, Double128>, Pair<Double128, Double128>>
                >
            >.Create
        ),
        new(
            0,
            () => null,
            Executions<
                Pair<
                    Pair<
                        Pair<Pair<SingleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>,
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>
                    >,
                    Pair<
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>,
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>
                    >
                >,
                Pair<
                    Pair<
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>,
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>
                    >,
                    Pair<
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>,
                        Pair<Pair<DoubleScalar, DoubleScalar>, Pair<DoubleScalar, DoubleScalar>>
                    >
                >
            >.Create
        ),
    ];

    /// <summary>The first that does not refuse and is not wider than asked for.</summary>
    public static VectorWidth Select(int mostBits) =>
        All.First(width => width.Bits <= mostBits && width.Refuses() is null);
}
