using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// Which batch renormalization: by what r and d compare the batch with the running statistics. One running standard
/// deviation is below √ε, where a floor shows; the first call of a history shows debiased values.
/// </summary>
internal sealed class RenormTrait : Trait
{
    private const double Epsilon = 0.25;

    /// <summary>In this weight the kept and the new share are alike.</summary>
    private const double Momentum = 0.5;

    private static readonly (RenormRule Rule, string Words)[] s_words =
    [
        (RenormRule.Paper, "paper: σ is the running standard deviation"),
        (RenormRule.SecondGeneration, "second generation: σ is max(running std, √ε)"),
        (RenormRule.Chainer, "Chainer: σ² is the running variance + ε, which holds ε already"),
        (
            RenormRule.FirstGeneration,
            "first generation: σ and μ as if initialized with the first batch"
        ),
    ];

    private static readonly double[][] s_groups =
    [
        [1, 2, 4, 9],
        [-3, 0.5, 7, 8],
        [5, 6, 8, 7],
    ];

    private static readonly double[] s_mean = [2, 1, 6];
    private static readonly double[] s_std = [0.125, 2, 0.75];

    public override string Id => "renorm";

    public override string Title => "r and d";

    public override bool Concerns(NormOp op) => op == NormOp.BatchRenorm;

    public override string Of(Convention convention, NormOp op) =>
        s_words.First(each => each.Rule == convention.Renorm).Words;

    public override TraitReport Ask(Subject subject)
    {
        if (subject.Make(NormPass.ForwardTraining, s_groups, Epsilon) is not { } clipped)
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        var free = clipped with
        {
            Problem = clipped.Problem with
            {
                RMax = double.PositiveInfinity,
                DMax = double.PositiveInfinity,
                Momentum = Momentum,
            },
        };
        free = Subject.Given(free, TensorRole.RunningMean, s_mean);
        free = Subject.Given(free, TensorRole.RunningStd, s_std);
        if (subject.Declines([free]) is { } reason)
        {
            return NotAsked(reason);
        }

        foreach (var (rule, words) in s_words)
        {
            var known = subject.Known with { Renorm = rule };
            if (Stores(known, rule).Any(stored => Fits(subject, free, stored)))
            {
                subject.Known = known;
                return Told([words], free);
            }
        }

        return Told([], free);
    }

    /// <summary>Chainer averages variances, of which there are several.</summary>
    private static IEnumerable<Convention> Stores(Convention known, RenormRule rule) =>
        rule == RenormRule.Chainer
            ?
            [
                known with
                {
                    StoredFactor = StoredFactor.BesselGuarded,
                    StoredIncludesEpsilon = true,
                },
                known,
            ]
            : [known];

    private static bool Fits(Subject subject, Case free, Convention convention) =>
        convention.Renorm == RenormRule.FirstGeneration
            ? FirstGeneration(subject, free, convention)
            : subject.Agrees(
                free,
                convention,
                TensorRole.Y,
                TensorRole.RunningMean,
                TensorRole.RunningStd
            );

    /// <summary>y of the first step of a history.</summary>
    private static bool FirstGeneration(Subject subject, Case free, Convention convention)
    {
        var problem = free.Problem;
        var model = ContractLevel.AnyOrder.Model(problem.DType);
        var y = subject.Observe(free).Outputs.Require(TensorRole.Y).ToDoubles();
        var members = Partitions.Of(problem).Groups;
        for (var channel = 0; channel < s_groups.Length; channel++)
        {
            var step = History.BatchRenorm(
                model,
                convention,
                problem.Epsilon,
                Momentum,
                Momentum,
                s_mean[channel],
                (s_std[channel] * s_std[channel]) - problem.Epsilon,
                [s_groups[channel]]
            )[0];
            for (var k = 0; k < s_groups[channel].Length; k++)
            {
                if (!Oracle.Allows(step.Normalized[k], problem.DType, y[members[channel][k]]))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
