using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Audit;

/// <summary>A kernel that an audit runs.</summary>
/// <param name="Id">Its name in the catalogue.</param>
/// <param name="Story">One sentence: what it does wrong, or what is particular about it.</param>
/// <param name="Level">The contract that it claims: its bound says whether a fault shows at all.</param>
/// <param name="Start">A new backend; it lives for one audit.</param>
public sealed record AuditSubject(
    string Id,
    string Story,
    ContractLevel Level,
    Func<NormCheck.Contract.INormBackend> Start
);

/// <summary>What a tolerance makes of a wrong kernel.</summary>
public enum AuditFate
{
    /// <summary>Its outputs are within the bound in every trial: these data do not show the fault.</summary>
    NotExercised,

    /// <summary>Accepted in every trial, although the bound is violated in some.</summary>
    LetThrough,

    /// <summary>Accepted in some trials and rejected in others.</summary>
    Sometimes,

    /// <summary>Rejected in every trial.</summary>
    Caught,
}

/// <summary>One kernel over all trials.</summary>
/// <param name="Id">Its name in the catalogue.</param>
/// <param name="Story">One sentence.</param>
/// <param name="Trials">How many trials it took part in; the others it refuses.</param>
/// <param name="Accepted">In how many the tolerance accepts it.</param>
/// <param name="Violations">In how many it violates the bound of this suite, crashes or touches what it must not.</param>
public sealed record AuditedKernel(
    string Id,
    string Story,
    int Trials,
    int Accepted,
    int Violations
)
{
    public AuditFate Fate =>
        Violations == 0 ? AuditFate.NotExercised
        : Accepted == Trials ? AuditFate.LetThrough
        : Accepted > 0 ? AuditFate.Sometimes
        : AuditFate.Caught;
}

/// <summary>An output that is no norm at all, over all trials.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Trials">How many trials have it.</param>
/// <param name="Accepted">In how many the tolerance accepts it.</param>
/// <param name="Within">In how many it is within the bound of this suite too: large groups make that wide.</param>
public sealed record AuditedTrivial(string Description, int Trials, int Accepted, int Within);

/// <summary>How wrong a fixed tolerance lets a kernel be.</summary>
public sealed record AuditReport
{
    public required AuditPreset Preset { get; init; }

    public required ulong Seed { get; init; }

    public required int Trials { get; init; }

    /// <summary>The rules in use: one for each output that is compared, as in the first trial.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>Every fault that does an op, pass and type of the preset.</summary>
    public required IReadOnlyList<AuditedKernel> Faults { get; init; }

    /// <summary>How many faults are for other ops, passes or types.</summary>
    public required int Elsewhere { get; init; }

    public required IReadOnlyList<AuditedKernel> Variants { get; init; }

    public required IReadOnlyList<AuditedTrivial> Trivial { get; init; }

    public IEnumerable<AuditedKernel> Of(AuditFate fate) =>
        Faults.Where(fault => fault.Fate == fate);

    /// <summary>Faults that the data show.</summary>
    public int Exercised => Faults.Count(fault => fault.Fate != AuditFate.NotExercised);

    /// <summary>Faults that are rejected in at least one trial.</summary>
    public int Killed => Exercised - Of(AuditFate.LetThrough).Count();

    /// <summary>Correct kernels that are rejected in at least one trial.</summary>
    public IEnumerable<AuditedKernel> Rejected =>
        Variants.Where(variant => variant.Accepted < variant.Trials);

    /// <summary>Outputs that are no norm, and pass in every trial: a pass of this suite says nothing.</summary>
    public IEnumerable<AuditedTrivial> Mistrusted =>
        Trivial.Where(each => each.Trials > 0 && each.Accepted == each.Trials);
}
