using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>One cell of the verdict table: op × pass × dtype × layout.</summary>
public readonly record struct CaseCell(NormOp Op, NormPass Pass, DType DType, Layout Layout)
{
    public static CaseCell Of(NormProblem problem) =>
        new(problem.Op, problem.Pass, problem.DType, problem.Layout);

    /// <summary>The word for the layout column; ops without channels have none.</summary>
    public string LayoutWord => Op.HasChannels() ? Layout.Word() : "-";

    public override string ToString() => $"{Op.Word()} {Pass.Word(Op)} {DType.Word()} {LayoutWord}";
}

/// <summary>Which cells a run is about.</summary>
public sealed record CaseSelection
{
    public IReadOnlyList<NormOp> Ops { get; init; } = NormOps.All;

    public IReadOnlyList<NormPass> Passes { get; init; } = NormPasses.All;

    public IReadOnlyList<DType> DTypes { get; init; } = Contract.DTypes.All;

    public IReadOnlyList<Layout> Layouts { get; init; } = Contract.Layouts.All;

    /// <summary>Whether dy may lie in another layout than x.</summary>
    public bool Strides { get; init; }

    public Convention Convention { get; init; } = Conventions.Default;

    /// <summary>What a backend says it does, and no more than is asked for.</summary>
    public static CaseSelection For(BackendDescription backend, CaseSelection asked) =>
        asked with
        {
            Ops = [.. asked.Ops.Intersect(backend.Ops)],
            Passes = [.. asked.Passes.Intersect(backend.Passes)],
            DTypes = [.. asked.DTypes.Intersect(backend.DTypes)],
            Layouts = [.. asked.Layouts.Intersect(backend.Layouts)],
            Strides = backend.Strides,
        };

    /// <summary>All that a backend says it does, in the convention that it says it follows.</summary>
    public static CaseSelection Of(BackendDescription backend) =>
        For(backend, new() { Convention = Contract.Conventions.Get(backend.Convention) });

    /// <summary>
    /// All cells, in the order of the table. Renorms other than the paper's keep more state than a problem holds: they are
    /// checked by worked examples, not here.
    /// </summary>
    public IReadOnlyList<CaseCell> Cells() =>
        [
            .. from op in Ops.Where(op =>
                op != NormOp.BatchRenorm || Convention.Renorm == RenormRule.Paper
            )
            from pass in op.Passes().Intersect(Passes)
            from dtype in DTypes
            from layout in op.HasChannels() ? Layouts : [Layout.ChannelsFirst]
            select new CaseCell(op, pass, dtype, layout),
        ];
}
