using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Causes;

/// <summary>Wrong outputs and what they should have been.</summary>
public sealed record Evidence(
    NormProblem Problem,
    TensorSet Inputs,
    TensorSet Outputs,
    ContractLevel Level
)
{
    private IReadOnlyDictionary<TensorRole, Expected[]>? _expected;

    public IReadOnlyDictionary<TensorRole, Expected[]> Expected =>
        _expected ??= Oracle.Expect(Problem, Inputs, Level);
}

/// <summary>
/// Names the likely cause of wrong outputs: first a wrong formula that gives them, otherwise a coarser arithmetic whose
/// bound they keep.
/// </summary>
public static class Diagnosis
{
    /// <summary>
    /// Data on which formulas that agree by chance part: ordinary numbers, and zeros, where ε is all there is.
    /// </summary>
    private static readonly (DataSpec Data, ulong Seed)[] s_probes =
    [
        (DataSpec.Normal, 1),
        (DataSpec.Normal, 2),
        (DataSpec.Parse("zeros"), 1),
    ];

    /// <summary>A suspect should be so many times nearer to the outputs than the truth is.</summary>
    private const double Convincing = 16;

    /// <param name="evidence">What is to be explained.</param>
    /// <param name="backend">
    /// Asked what it does with ordinary numbers and zeros in the same problem, which must fit too; null: the case alone
    /// decides.
    /// </param>
    public static Cause Explain(Evidence evidence, INormBackend? backend)
    {
        if (Coarser.ContractKept(evidence) is { } kept)
        {
            return kept;
        }

        var probes = new Lazy<Probe[]>(() => backend is null ? [] : [.. Ask(evidence, backend)]);
        var suspect = Suspect.All.FirstOrDefault(each =>
            Explains(each, evidence) && probes.Value.All(probe => Fits(each, probe))
        );
        if (suspect is not null)
        {
            return IsWeak(suspect, evidence) && Coarser.Cancels(evidence)
                ? Coarser.OnePass
                : suspect.Cause;
        }

        // What is right on ordinary numbers is a cancellation, not a short type: that rounds those too.
        var right = probes.Value.Length > 0 && probes.Value.All(probe => probe.Holds);
        return right && Coarser.Cancels(evidence)
            ? Coarser.OnePass
            : Coarser.Arithmetic(evidence) ?? Cause.Unknown;
    }

    /// <summary>Whether a cause that was named for one case is one for another too.</summary>
    public static bool Explains(Cause cause, Evidence evidence)
    {
        var suspect = Suspect.All.FirstOrDefault(each => each.Cause == cause);
        return suspect is not null ? Explains(suspect, evidence)
            : cause == Cause.Unknown ? Explain(evidence, null) == cause
            : Coarser.ContractKept(evidence) == cause || Coarser.Explains(cause, evidence);
    }

    private static bool Explains(Suspect suspect, Evidence evidence) =>
        Misfit(suspect, evidence) <= 1;

    /// <summary>
    /// Whether a fit may be chance: the outputs are not much further from the truth than from what the suspect gives.
    /// </summary>
    private static bool IsWeak(Suspect suspect, Evidence evidence) =>
        OutputJudge
            .Decide(evidence.Problem, evidence.Outputs, evidence.Expected, evidence.Level)
            .Ratio
        < Convincing * Misfit(suspect, evidence);

    /// <summary>∞ where the suspect does not explain anything.</summary>
    private static double Misfit(Suspect suspect, Evidence evidence)
    {
        var (problem, inputs) = (Plainly(evidence.Problem), evidence.Inputs);

        // A formula that is right on this case explains nothing that is wrong with it.
        var outputs = inputs.Clone();
        return Ran(suspect, problem, outputs) && !Holds(evidence, outputs)
            ? Resemblance.Misfit(evidence.Expected, evidence.Outputs, outputs)
            : double.PositiveInfinity;
    }

    /// <summary>
    /// The problem in the convention that suspects know. Other conventions differ where it seldom matters for a diagnosis:
    /// in degenerate groups and in what is stored.
    /// </summary>
    private static NormProblem Plainly(NormProblem problem) =>
        problem with
        {
            Convention =
                problem.Convention.StoredFactor == StoredFactor.Population
                    ? Conventions.Get("population")
                    : Conventions.Default,
        };

    /// <summary>A mistake need not make sense in an op that it was not made in.</summary>
    private static bool Ran(Suspect suspect, NormProblem problem, TensorSet tensors)
    {
        try
        {
            return suspect.Kernel.Run(problem, tensors).Status == RunStatus.Completed;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>The backend on the probes' data in the same problem.</summary>
    private static IEnumerable<Probe> Ask(Evidence evidence, INormBackend backend)
    {
        foreach (var (data, seed) in s_probes)
        {
            var @case = new Case
            {
                Problem = evidence.Problem,
                Data = data,
                Seed = seed,
            };
            var inputs = CaseData.Build(@case);
            var outputs = inputs.Clone();
            if (backend.Run(@case.Problem, outputs).Status == RunStatus.Completed)
            {
                var found = new Evidence(@case.Problem, inputs, outputs, evidence.Level);
                yield return new(found, Holds(found, outputs));
            }
        }
    }

    /// <summary>
    /// Whether a probe speaks against a suspect: where its formula is wrong on the probe, the outputs must be so too.
    /// </summary>
    private static bool Fits(Suspect suspect, Probe probe)
    {
        var (problem, outputs) = (Plainly(probe.Evidence.Problem), probe.Evidence.Inputs.Clone());
        return !Ran(suspect, problem, outputs)
            || Holds(probe.Evidence, outputs)
            || Explains(suspect, probe.Evidence);
    }

    private static bool Holds(Evidence evidence, TensorSet outputs) =>
        OutputJudge.Decide(evidence.Problem, outputs, evidence.Expected, evidence.Level).Holds;

    /// <summary>What a backend does with a probe's data, and whether that is right.</summary>
    private sealed record Probe(Evidence Evidence, bool Holds);
}
