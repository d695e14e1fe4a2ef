using NormCheck.Contract;

namespace NormCheck.Faults.Wrong;

/// <summary>A kernel that is wrong in one way that really shipped, or that a suite was seen to miss.</summary>
public sealed record Fault
{
    /// <summary>Its name in <c>fault:ID</c>: the catalogue's id in lower case (eps-01), or m1 … m43.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of mistake it is.</summary>
    public required FaultClass Class { get; init; }

    /// <summary>What the kernel does wrong, in one sentence that a kernel author understands.</summary>
    public required string Story { get; init; }

    /// <summary>Where it was seen, as owner/repository#number, or the study that uses it.</summary>
    public required IReadOnlyList<string> Links { get; init; }

    /// <summary>What the faulty backend says it does: the ops, passes and element types that are affected.</summary>
    public IReadOnlyList<NormOp> Ops { get; init; } = NormOps.All;

    public IReadOnlyList<NormPass> Passes { get; init; } = NormPasses.All;

    public IReadOnlyList<DType> DTypes { get; init; } = NormCheck.Contract.DTypes.All;

    /// <summary>The contract that the kernel claims and breaks. Above any-order: it is right under the weaker ones.</summary>
    public string Contract { get; init; } = "any-order";

    /// <summary>
    /// The same mistake in binary64 on every op, pass and type: what a diagnosis compares outputs with. Null where there is
    /// no formula to compare with.
    /// </summary>
    public Func<INormBackend>? Everywhere { get; init; }

    /// <summary>A new backend; it is for one thread at a time, but for the faults that share what they must not.</summary>
    public required Func<INormBackend> Start { get; init; }
}

/// <summary>A catalogued fault that no CPU kernel over the contract can have, with the reason.</summary>
public sealed record Inexpressible(
    string Id,
    FaultClass Class,
    string Story,
    string Link,
    string Reason
);
