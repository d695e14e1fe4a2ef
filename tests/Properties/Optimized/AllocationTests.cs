using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>Calls after the first of a kind leave nothing for the garbage collector.</summary>
public class AllocationTests
{
    public static TheoryData<DType> Types => [.. DTypes.All];

    /// <summary>Small enough for one thread, and large enough for several; rows and groups that threads share.</summary>
    private static readonly int[][] s_shapes =
    [
        [2, 4, 3],
        [2, 4, 9001],
        [2, 64, 600],
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Static_calls_allocate_nothing(DType dtype)
    {
        foreach (var op in NormOps.All)
        {
            var shapes = op.HasChannels()
                ? s_shapes
                : s_shapes.Select(shape => new[] { shape[0], shape[1] * shape[2] });
            foreach (var problem in Cells.Of(op, dtype, [.. shapes], groups: 2))
            {
                var expressible = StaticCalls.Expressible(problem);
                var tensors = Seeded.Tensors(expressible);
                foreach (var tier in Cells.Tiers)
                {
                    AllocatesNothing(expressible, tensors, tier, threads: 1);
                    AllocatesNothing(expressible, tensors, tier, threads: 3);
                }
            }
        }
    }

    private static void AllocatesNothing(
        NormProblem problem,
        TensorSet tensors,
        Tier tier,
        int threads
    )
    {
        // The runtime's own work, such as compiling a loop again that turned out to be hot, shows in a round or two.
        var bytes = long.MaxValue;
        for (var round = 0; round < 20 && bytes > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            StaticCalls.Run(problem, tensors, tier, threads);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(
            bytes == 0,
            $"{ProblemText.Print(problem)}, {tier}, {threads} threads: {bytes} bytes a call"
        );
    }
}
