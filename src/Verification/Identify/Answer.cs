using NormCheck.Contract;

namespace NormCheck.Verification.Identify;

/// <summary>A possible answer to a question on which systems differ: in words, and as a change of a convention.</summary>
/// <param name="Words">What people read.</param>
/// <param name="Apply">The convention with this answer.</param>
public sealed record Answer(string Words, Func<Convention, Convention> Apply);
