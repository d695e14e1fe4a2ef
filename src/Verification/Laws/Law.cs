using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>How a law is checked.</summary>
public enum LawKind
{
    /// <summary>Bit for bit: IEEE arithmetic makes it hold for every correct and deterministic kernel.</summary>
    Exact,

    /// <summary>Within what the contract allows around each of the related elements.</summary>
    Bounded,

    /// <summary>
    /// Bit for bit under contracts that say how sums are done (pairwise and above), otherwise bounded: the law moves
    /// groups to other places, and where any order will do, a kernel may sum a group in another order where it lies
    /// elsewhere, as vector code does that begins at an aligned address.
    /// </summary>
    Placed,
}

/// <summary>What a law is about.</summary>
public enum LawTopic
{
    Statistics,
    Structure,
    Parameters,
    State,
    Renorm,
    Gradient,
    Machine,
    Merging,
}

/// <summary>
/// A relation that the outputs of a correct kernel have among themselves or between related inputs. A law knows no right
/// answer: it runs the backend and relates what it gets. What a bounded law allows comes from the rounding bound of the
/// contract (docs/bounds.md), never from a truth.
/// </summary>
public sealed record Law
{
    /// <summary>Its name in <c>--laws</c>, reports and the matrix of docs/laws.md.</summary>
    public required string Id { get; init; }

    public required LawTopic Topic { get; init; }

    public required LawKind Kind { get; init; }

    /// <summary>The law in one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>The law in the notation of docs/reference.md.</summary>
    public required string Formula { get; init; }

    public IReadOnlyList<NormOp> Ops { get; init; } = NormOps.All;

    public IReadOnlyList<NormPass> Passes { get; init; } = NormPasses.All;

    /// <summary>
    /// True where the law is about what the oracle never tries: other memory, other callers, other calls. Campaigns try
    /// such laws more often.
    /// </summary>
    public bool BeyondOracle { get; init; }

    /// <summary>Looks at one case. Skips where the case does not have what the law is about.</summary>
    public required Func<LawBench, LawOutcome> Check { get; init; }

    public bool Covers(NormOp op, NormPass pass) => Ops.Contains(op) && Passes.Contains(pass);
}
