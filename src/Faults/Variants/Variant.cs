using NormCheck.Contract;

namespace NormCheck.Faults.Variants;

/// <summary>A kernel that is correct, and computes in a way of its own.</summary>
/// <param name="Id">Its name in <c>variant:ID</c>.</param>
/// <param name="Description">One line: what is particular about it.</param>
/// <param name="Contract">The strongest contract that it meets by construction.</param>
/// <param name="Start">A new backend; it is for one thread at a time.</param>
public sealed record Variant(
    string Id,
    string Description,
    string Contract,
    Func<INormBackend> Start
);
