using NormCheck.Contract;
using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Plans;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Dispatch;

/// <summary>The loops for a problem on packs of one width: by element type and tier, then by layout.</summary>
internal static class Executions<TSingle, TDouble>
    where TSingle : unmanaged, IPack<TSingle, TDouble>
    where TDouble : unmanaged, IPack<TDouble, TDouble>
{
    public static Execution Create(NormProblem problem, Tier tier, Resources resources) =>
        (problem.DType, tier) switch
        {
            (DType.F64, _) => ByLayout<TDouble, CompensatedSum<TDouble>, StoredDouble>(
                problem,
                resources
            ),
            (DType.F32, Tier.Faithful) => Faithful<StoredSingle>(problem, resources),
            (DType.F16, Tier.Faithful) => Faithful<StoredHalf>(problem, resources),
            (_, Tier.Faithful) => Faithful<StoredBrain>(problem, resources),
            (DType.F32, _) => Fast<StoredSingle>(problem, resources),
            (DType.F16, _) => Fast<StoredHalf>(problem, resources),
            _ => Fast<StoredBrain>(problem, resources),
        };

    private static Execution Faithful<TStored>(NormProblem problem, Resources resources)
        where TStored : struct, IStored =>
        ByLayout<TDouble, WideSum<TDouble>, TStored>(problem, resources);

    private static Execution Fast<TStored>(NormProblem problem, Resources resources)
        where TStored : struct, IStored =>
        ByLayout<TSingle, NarrowSum<TSingle, TDouble>, TStored>(problem, resources);

    private static Execution ByLayout<TPack, TSum, TStored>(
        NormProblem problem,
        Resources resources
    )
        where TPack : unmanaged, IPack<TPack, TDouble>
        where TSum : unmanaged, ISum<TSum, TPack, TDouble>
        where TStored : struct, IStored =>
        !problem.Op.HasChannels()
            ? new RowExecution<TPack, TDouble, TSum, TStored>(problem, resources)
        : LayoutKinds.HasNeighbouringChannels(problem)
            ? new ColumnExecution<TPack, TDouble, TSum, TStored>(problem, resources)
        : new RunExecution<TPack, TDouble, TSum, TStored>(problem, resources);
}
