using System.Globalization;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// Tier Faithful on a device has the bits of backend <c>simd</c>: all ops, passes, element types (f64 too) and layouts. NaNs
/// count as equal. Kills: an addition elsewhere in the tree, a contraction, a root or a quotient that is not rounded once.
/// </summary>
public sealed class GpuBitProperties : IDisposable
{
    /// <summary>Those of the CPU's own test, and strips of columns that end in a part of a pack.</summary>
    private static readonly int[][] s_channelShapes =
    [
        .. ReproducibilityProperties.ChannelShapes,
        [2, 2120, 300],
        [4, 1, 5000],
    ];

    private readonly GpuBackend? _device = Open();

    public static TheoryData<NormOp, DType> OpsAndTypes => ReproducibilityProperties.OpsAndTypes;

    public void Dispose() => _device?.Dispose();

    /// <summary>Cases as <c>verify</c> draws them, hostile data included: 5,000.</summary>
    [SkippableFact]
    public void Random_cases_have_the_bits_of_the_CPU()
    {
        GpuTools.NeedDevice();
        Run.ForCases(
            5000,
            new CaseSelection(),
            @case => SameBits(@case.Problem, CaseData.Build(@case))
        );
    }

    [SkippableTheory]
    [MemberData(nameof(OpsAndTypes))]
    public void Large_groups_have_the_bits_of_the_CPU(NormOp op, DType dtype)
    {
        GpuTools.NeedDevice();
        foreach (var problem in Problems(op, dtype))
        {
            SameBits(problem, Seeded.Tensors(problem));
        }
    }

    /// <summary>Saved means that are far off in some groups, with dy = x: dx is 0 but for the last bits of sums.</summary>
    [SkippableTheory]
    [MemberData(nameof(OpsAndTypes))]
    public void Misleading_saved_statistics_do_not_change_that(NormOp op, DType dtype)
    {
        GpuTools.NeedDevice();
        foreach (
            var problem in Problems(op, dtype)
                .Where(problem => problem.Pass == NormPass.BackwardTraining)
                .Select(problem => problem with { Affine = AffineParts.None })
        )
        {
            foreach (var misled in new[] { false, true })
            {
                var tensors = Seeded.Tensors(problem, misledGroups: misled);
                tensors.Require(TensorRole.X).Data.CopyTo(tensors.Require(TensorRole.Dy).Data);
                SameBits(problem, tensors);
            }
        }
    }

    /// <summary>Sums that binary64 does not hold, and such that two of them do not.</summary>
    [SkippableTheory]
    [MemberData(nameof(NearTheMeanTests.Problems), MemberType = typeof(NearTheMeanTests))]
    public void Elements_next_to_the_mean_have_the_bits_of_the_CPU(string text)
    {
        GpuTools.NeedDevice();
        for (var seed = 0; seed < 12 * Run.Depth; seed++)
        {
            var problem = Case.Parse(text).Problem;
            var x = Hostile.Tensor(new Random(seed), problem);
            var @case = Case.Parse(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{text} affine=none saved=no seed={seed} x=[{x}]"
                )
            );
            SameBits(@case.Problem, CaseData.Build(@case));
        }
    }

    /// <summary>Sums for gradients that binary64 does not hold, and such that two of them do not.</summary>
    [SkippableTheory]
    [MemberData(
        nameof(CancellingGradientTests.Problems),
        MemberType = typeof(CancellingGradientTests)
    )]
    public void Gradients_that_cancel_have_the_bits_of_the_CPU(string text)
    {
        GpuTools.NeedDevice();
        for (var seed = 0; seed < 12 * Run.Depth; seed++)
        {
            var @case = CancellingGradientTests.CaseOf(text, seed);
            SameBits(@case.Problem, CaseData.Build(@case));
        }
    }

    /// <summary>Rows, channels and positions of every length from 1 to 33.</summary>
    [SkippableTheory]
    [MemberData(nameof(OpsAndTypes))]
    public void Tails_have_the_bits_of_the_CPU(NormOp op, DType dtype)
    {
        GpuTools.NeedDevice();
        foreach (var length in Enumerable.Range(1, 33))
        {
            int[][] shapes = op.HasChannels()
                ?
                [
                    [2, 2, length],
                    [3, 2 * length, 2],
                    [5, 6, length],
                ]
                :
                [
                    [3, length],
                ];
            foreach (var problem in Cells.Of(op, dtype, shapes, groups: 2))
            {
                SameBits(problem, Seeded.Tensors(problem));
            }
        }
    }

    /// <remarks>One channel does not split into two groups.</remarks>
    private static IEnumerable<NormProblem> Problems(NormOp op, DType dtype) =>
        Cells.Of(
            op,
            dtype,
            [
                .. (op.HasChannels() ? s_channelShapes : ReproducibilityProperties.RowShapes).Where(
                    shape => op != NormOp.GroupNorm || shape[1] % 2 == 0
                ),
            ],
            groups: 2
        );

    private static GpuBackend? Open() =>
        GpuTools.Find(withDouble: true) is { } device ? new("opencl", device, Tier.Faithful) : null;

    private void SameBits(NormProblem problem, TensorSet tensors)
    {
        var expected = Bits.Run(problem, tensors, new() { Threads = 1 });
        var actual = GpuTools.Run(_device!, problem, tensors);
        GpuTools.SameBits(expected, actual, problem, "CPU and device");
    }
}
