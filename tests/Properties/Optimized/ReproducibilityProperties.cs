using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Timing;

namespace NormCheck.Properties.Optimized;

/// <summary>Neither threads nor vector registers change a bit.</summary>
public class ReproducibilityProperties
{
    private static readonly NormOptions s_first = new() { Threads = 1 };

    private static readonly NormOptions[] s_others =
    [
        .. new[] { 2, 3, 8 }.Select(threads => new NormOptions { Threads = threads }),
        .. new[] { 256, 128, 0 }.Select(bits => s_first with { MostVectorBits = bits }),
        new NormOptions { Threads = 3, MostVectorBits = 256 },
    ];

    /// <summary>
    /// Groups beyond a chunk of 8192 elements and few enough to be shared by threads, many groups of a length that is no
    /// multiple of 16, one position a sample, and one channel; most of them large enough for several threads. At the end runs
    /// that are shorter than a turn: strips that end in a part of a pack, several chunks, and less than one pack.
    /// </summary>
    internal static readonly int[][] ChannelShapes =
    [
        [3, 2, 8219],
        [1, 4, 20_003],
        [5, 34, 251],
        [1031, 42, 1],
        [3, 518, 27],
        [2, 6, 13],
        [7, 34, 49],
        [300, 18, 29],
        [9, 4, 3],
    ];

    /// <summary>Few rows beyond a chunk, one row alone, many short rows, and what one thread does.</summary>
    internal static readonly int[][] RowShapes =
    [
        [2, 20_003],
        [1, 70_001],
        [5, 8219],
        [517, 83],
        [4099, 9],
        [70, 1037],
        [5, 31],
    ];

    public static TheoryData<NormOp, DType> OpsAndTypes
    {
        get
        {
            var data = new TheoryData<NormOp, DType>();
            foreach (var op in NormOps.All)
            {
                foreach (var dtype in DTypes.All)
                {
                    data.Add(op, dtype);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Threads_and_registers_do_not_change_a_bit(NormOp op, DType dtype)
    {
        var shapes = op.HasChannels() ? ChannelShapes : RowShapes;
        foreach (var problem in Cells.Of(op, dtype, shapes, groups: 2))
        {
            SameBits(problem, Seeded.Tensors(problem));
        }
    }

    /// <summary>A saved mean that is far from the mean in some groups: those are looked at again, the others not.</summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Misleading_saved_statistics_do_not_change_that(NormOp op, DType dtype)
    {
        var shapes = op.HasChannels() ? ChannelShapes : RowShapes;
        foreach (
            var problem in Cells
                .Of(op, dtype, shapes, groups: 2)
                .Where(problem => problem.Pass == NormPass.BackwardTraining)
        )
        {
            SameBits(problem, Seeded.Tensors(problem, misledGroups: true));
        }
    }

    /// <summary>
    /// dy = x without γ: dx is 0 but for rounding, so it shows the last bit of every sum. With and without misleading
    /// statistics.
    /// </summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Gradients_that_cancel_do_not_change_that(NormOp op, DType dtype)
    {
        var shapes = op.HasChannels() ? ChannelShapes : RowShapes;
        foreach (
            var problem in Cells
                .Of(op, dtype, shapes, groups: 2)
                .Where(problem => problem.Pass == NormPass.BackwardTraining)
                .Select(problem => problem with { Affine = AffineParts.None })
        )
        {
            foreach (var misled in new[] { false, true })
            {
                var tensors = Seeded.Tensors(problem, misledGroups: misled);
                var x = tensors.Require(TensorRole.X);
                x.Data.CopyTo(tensors.Require(TensorRole.Dy).Data);
                SameBits(problem, tensors);
            }
        }
    }

    /// <summary>Rows, channels and positions of every length from 1 to 33.</summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Tails_do_not_change_that(NormOp op, DType dtype)
    {
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

    /// <summary>
    /// Groups that cancel over many magnitudes, whose sums are added up again with more digits, or as integers; and zeros.
    /// </summary>
    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Sums_in_doubt_do_not_change_that(NormOp op, DType dtype)
    {
        var shapes = op.HasChannels() ? ChannelShapes : RowShapes;
        foreach (var problem in Cells.Of(op, dtype, shapes, groups: 2))
        {
            var tensors = Seeded.Tensors(problem, misledGroups: true);
            tensors
                .Require(TensorRole.X)
                .CopyFrom(Hostile.Numbers(new Random(problem.Shape[0]), problem));
            SameBits(problem, tensors);
        }
    }

    /// <summary>Outputs that are written past the caches.</summary>
    [Theory]
    [InlineData("ln fwd f32 4111x2049")]
    [InlineData("ln bwd f32 5x1700001")]
    [InlineData("bn bwd f32 nhwc 20x30x123x123")]
    [InlineData("bn bwd f32 nchw 16x3125x7x7")]
    [InlineData("bn train f32 nchw 9x8500x7x7")]
    public void Streaming_does_not_change_that(string text)
    {
        var problem = ProblemText.Parse(text);
        SameBits(problem, Seeded.Tensors(problem));
    }

    /// <summary>
    /// Kernels that write whole cache lines past the caches themselves, as they may where tensors begin at one; the arrays of
    /// <see cref="Bits.Run"/> do not, and go through a buffer.
    /// </summary>
    [Theory]
    [InlineData("bn bwd f32 nhwc 8x48x80x80")]
    [InlineData("bn train f32 nhwc 9x64x81x81")]
    [InlineData("bn bwd f32 nchw 8x48x80x80")]
    [InlineData("gn fwd f32 nchw 9x64x84x80 groups=4")]
    [InlineData("bn bwd f32 nchw 16x2064x7x7")]
    [InlineData("bn train f32 nchw 17x3040x7x7")]
    [InlineData("bn bwd f32 nhwc 7x304x41x37")]
    public void Writing_whole_lines_does_not_change_that(string text)
    {
        var problem = ProblemText.Parse(text);
        var tensors = Seeded.Tensors(problem);
        foreach (var options in s_others.Append(s_first))
        {
            foreach (var tier in Cells.Tiers)
            {
                var own = options with { Tier = tier };
                using var backend = new SimdBackend(own);
                using var call = EmbeddedCall.Prepare(backend, problem, tensors).Call!;
                call.Repeat(1);
                var expected = Bits.Run(problem, tensors, own);
                foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
                {
                    Assert.True(
                        expected
                            .Require(spec.Role)
                            .Data.Span.SequenceEqual(
                                call.Collect().Outputs!.Require(spec.Role).Data.Span
                            ),
                        $"{text}: {own}: {spec.Role.Name()} differs"
                    );
                }
            }
        }
    }

    private static void SameBits(NormProblem problem, TensorSet tensors)
    {
        foreach (var tier in Cells.Tiers)
        {
            var expected = Bits.Run(problem, tensors, s_first with { Tier = tier });
            foreach (var other in s_others)
            {
                var actual = Bits.Run(problem, tensors, other with { Tier = tier });
                Bits.Equal(
                    expected,
                    actual,
                    problem,
                    $"{tier}, {other.Threads} threads, at most {other.MostVectorBits} bits"
                );
            }
        }
    }
}
