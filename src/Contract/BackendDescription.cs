namespace NormCheck.Contract;

/// <summary>What a backend says of itself (the fields of <c>normcheck_describe</c>).</summary>
public sealed record BackendDescription
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    public IReadOnlyList<NormOp> Ops { get; init; } = NormOps.All;

    public IReadOnlyList<NormPass> Passes { get; init; } = NormPasses.All;

    public IReadOnlyList<DType> DTypes { get; init; } = Contract.DTypes.All;

    public IReadOnlyList<Layout> Layouts { get; init; } = Contract.Layouts.All;

    /// <summary>True where x, y, dy, dx may have any strides; false: contiguous only.</summary>
    public bool Strides { get; init; }

    /// <summary>True where y may be x and dx may be dy.</summary>
    public bool InPlace { get; init; }

    /// <summary>Number of threads a call may use.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Name of the <see cref="Convention"/> the backend follows.</summary>
    public string Convention { get; init; } = Conventions.Default.Name;
}
