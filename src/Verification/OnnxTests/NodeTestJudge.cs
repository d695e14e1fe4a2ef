using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.OnnxTests;

/// <summary>What a backend made of a node test.</summary>
/// <param name="Outcome">How the call ended; Unsupported where there was none.</param>
/// <param name="Verdict">The judgement on its outputs, where the call completed.</param>
/// <param name="LeftOut">Outputs that were not asked for, since the backend's convention means others by them.</param>
public sealed record NodeAnswer(
    RunOutcome Outcome,
    Verdict? Verdict,
    IReadOnlyList<TensorRole> LeftOut
)
{
    public bool Failed => Outcome.IsFinding || Verdict is { Holds: false };
}

/// <summary>Judges the expected outputs of node tests, and what backends compute of the same inputs.</summary>
public static class NodeTestJudge
{
    private const string Population = "population";

    /// <summary>The outputs that the files expect, judged as if a kernel had given them.</summary>
    public static Verdict Files(NodeTest test, ContractLevel level) =>
        OutputJudge.Decide(
            test.Problem,
            test.Expected,
            Oracle.Expect(test.Problem, test.Inputs, level),
            level
        );

    /// <summary>
    /// Runs a backend, under a convention of its own that means the same, and judges it by what ONNX means.
    /// </summary>
    public static NodeAnswer Run(INormBackend backend, NodeTest test, ContractLevel level)
    {
        var own = backend.Description.Convention;
        var reason =
            $"convention {own} means something else than {test.Problem.Convention.Name} here";
        foreach (var problem in Asked(test.Problem))
        {
            foreach (var convention in Spoken(own))
            {
                if (SameMeaning.Under(convention, problem, test.Inputs) is not { } same)
                {
                    continue;
                }

                if (backend.Refuses(same.Problem) is { } refusal)
                {
                    reason = refusal;
                    continue;
                }

                return Run(backend, same.Problem, same.Inputs, test, problem, level);
            }
        }

        return new(new(RunStatus.Unsupported, reason), null, []);
    }

    private static NodeAnswer Run(
        INormBackend backend,
        NormProblem problem,
        TensorSet tensors,
        NodeTest test,
        NormProblem asked,
        ContractLevel level
    )
    {
        var outcome = backend.Run(problem, tensors);
        var leftOut = Outputs(test.Problem).Except(Outputs(asked)).ToArray();
        return outcome.Status == RunStatus.Completed
            ? new(
                outcome,
                OutputJudge.Decide(asked, tensors, Oracle.Expect(asked, test.Inputs, level), level),
                leftOut
            )
            : new(outcome, null, leftOut);
    }

    /// <summary>The problem with all its outputs, then without those that are not y: systems differ on them most.</summary>
    private static IEnumerable<NormProblem> Asked(NormProblem problem)
    {
        yield return problem;
        if (Outputs(problem).Count() > 1)
        {
            yield return problem with
            {
                Saved = false,
                Running = problem.Pass.IsInference(),
            };
        }
    }

    private static IEnumerable<TensorRole> Outputs(NormProblem problem) =>
        TensorPlan.For(problem).Where(spec => spec.IsOutput).Select(spec => spec.Role);

    /// <summary>The conventions a backend understands: its own, and with ours the C ABI's other stored variance.</summary>
    private static IEnumerable<Convention> Spoken(string own) =>
        own == Conventions.Default.Name
            ? [Conventions.Default, Conventions.Get(Population)]
            : [Conventions.Get(own)];
}
