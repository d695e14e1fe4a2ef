using System.Collections.Immutable;
using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Audit;

/// <summary>What a preset puts into a tensor: row-major values of a problem, drawn from a stream; null: as in any case.</summary>
public delegate double[]? AuditFill(NormProblem problem, TensorRole role, SeededRandom random);

/// <summary>How one output is compared; null: it is not.</summary>
public delegate FixedTolerance? AuditComparison(
    NormProblem problem,
    TensorSet tensors,
    TensorRole role
);

/// <summary>
/// A suite as far as its tolerance is concerned: problems, data, what is compared and how. The problems have no outputs
/// but those that the suite compares.
/// </summary>
public sealed record AuditPreset
{
    public required string Name { get; init; }

    /// <summary>Where the numbers are from.</summary>
    public required string Source { get; init; }

    /// <summary>The data, for people.</summary>
    public required string Data { get; init; }

    /// <summary>Trial t takes number t modulo their count.</summary>
    public required IReadOnlyList<NormProblem> Problems { get; init; }

    /// <summary>Used where <see cref="Fill"/> says nothing.</summary>
    public DataSpec Class { get; init; } = DataSpec.Normal;

    public AuditFill Fill { get; init; } = (_, _, _) => null;

    public required AuditComparison Comparison { get; init; }

    /// <summary>Mean and variance of the distribution of x: what a kernel without statistics would put in their place.</summary>
    public (double Mean, double Variance) Nominal { get; init; } = (0, 1);

    public int Trials { get; init; } = 20;

    /// <summary>The inputs of a trial.</summary>
    public Case Trial(int number, ulong seed)
    {
        var problem = Problems[number % Problems.Count];
        var values = ImmutableSortedDictionary.CreateBuilder<TensorRole, ImmutableArray<double>>();
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsInput))
        {
            var random = SeededRandom.For(seed, (ulong)number, (ulong)spec.Role);
            if (Fill(problem, spec.Role, random) is { } row)
            {
                values[spec.Role] = [.. row];
            }
        }

        return new Case
        {
            Problem = problem,
            Data = Class,
            Seed = seed + (ulong)number,
            Values = values.ToImmutable(),
        };
    }
}
