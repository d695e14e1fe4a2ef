using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Which gradient a training backward computes: the derivative of the forward, or one of the formulas that are not.</summary>
internal sealed class BackwardTrait : Trait
{
    private const string Exact = "the derivative of the forward";

    private static readonly double[] s_arguments = [0.5, 1e-5, 1e-8];

    private static readonly (BackwardRule Rule, string Words)[] s_rules =
    [
        (BackwardRule.Exact, "the derivative"),
        (BackwardRule.DarknetPjreddie, "darknet's terms, divisor m"),
        (BackwardRule.DarknetAlexey, "darknet's terms, last step by √v + ε, no dβ"),
    ];

    public override string Id => "backward";

    public override string Title => "gradient";

    public override bool Concerns(NormOp op) => op != NormOp.BatchRenorm;

    public override string Of(Convention convention, NormOp op) =>
        convention.Backward == BackwardRule.Exact
        && convention.BackwardEpsilon == convention.ForwardEpsilon
            ? Exact
            : Words(convention.Backward, convention.BackwardEpsilon);

    public override TraitReport Ask(Subject subject)
    {
        var made = s_arguments.Select(argument => Make(subject, argument)).ToArray();
        if (made.Any(each => each is null))
        {
            return NotAsked(subject.Reason(NormPass.BackwardTraining));
        }

        Case[] cases = [.. made.OfType<Case>()];
        if (subject.Declines(cases) is { } reason)
        {
            return NotAsked(reason);
        }

        var forward = subject.Known.ForwardEpsilon;
        EpsilonRule[] epsilons =
        [
            forward,
            .. Conventions
                .All.Select(each => each.BackwardEpsilon)
                .Distinct()
                .Where(each => each != forward),
        ];
        Answer[] answers =
        [
            .. from rule in s_rules
            from epsilon in epsilons
            let plain = rule.Rule == BackwardRule.Exact && epsilon == forward
            select new Answer(
                plain ? Exact : Words(rule.Rule, epsilon),
                known => known with { Backward = rule.Rule, BackwardEpsilon = epsilon }
            ),
        ];
        // With one ε and divisor m throughout, darknet's terms are the derivative: the plainest answer counts.
        var report = Choose(subject, answers, cases);
        return report.Possible.Count > 1 ? report with { Possible = [report.Possible[0]] } : report;
    }

    private static string Words(BackwardRule rule, EpsilonRule epsilon) =>
        $"{s_rules.First(each => each.Rule == rule).Words}, {EpsilonWords.Of(epsilon)}";

    /// <summary>Variances around ε, γ and β as parameters, so that dγ and dβ are asked for.</summary>
    private static Case? Make(Subject subject, double epsilon)
    {
        var size = Math.Sqrt(epsilon);
        double[][] groups =
        [
            [size, -2 * size, 3 * size, -5 * size, 0],
            [4 * size, 7 * size, 5 * size, 6 * size, 9 * size],
            [0.5 * size, 0.25 * size, -0.5 * size, 0.125 * size, size],
        ];
        double[][] gradients =
        [
            [1, 2, -3, 0.5, 4],
            [-1, 0.25, 5, 2, -2],
            [3, -1, 1, 0.75, 2],
        ];
        if (subject.Make(NormPass.BackwardTraining, groups, epsilon) is not { } plain)
        {
            return null;
        }

        var both = plain with { Problem = plain.Problem with { Affine = AffineParts.Both } };
        return Subject.Filled(both, TensorRole.Dy, gradients);
    }
}
