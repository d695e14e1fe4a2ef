using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// Three training steps of a batch norm, each from the running statistics that the one before gave, and whether a
/// convention explains what was kept after each.
/// </summary>
internal sealed class RunningSteps
{
    private const double InitialMean = 8;
    private const double InitialVariance = 4;

    private static readonly double[][][] s_batches =
    [
        [
            [1, 2, 4, 9],
            [-3, 0.5, 7, 8],
        ],
        [
            [-6, 10, 2, 6],
            [20, 24, 28, 32],
        ],
        [
            [3, 5, 5, 11],
            [-1, -2, -4, -9],
        ],
    ];

    private readonly Subject _subject;
    private readonly NormProblem _problem;
    private readonly List<(double[] Mean, double[] Variance)> _kept = [];

    private RunningSteps(Subject subject, Case first)
    {
        _subject = subject;
        _problem = first.Problem;
        First = first;
    }

    /// <summary>The first step as a case.</summary>
    public Case First { get; }

    /// <summary>Why the steps could not be made; empty where they could.</summary>
    public string Declined { get; private set; } = "";

    /// <summary>Null where the backend takes no training call.</summary>
    public static RunningSteps? Make(
        Subject subject,
        double momentum,
        double epsilon,
        Convention stored
    )
    {
        if (
            subject.Make(NormPass.ForwardTraining, s_batches[0], epsilon) is not { } plain
            || subject.Op != NormOp.BatchNorm
        )
        {
            return null;
        }

        var problem = plain.Problem with
        {
            Momentum = momentum,
            Running = true,
            Convention = stored,
        };
        var steps = new RunningSteps(
            subject,
            Started(
                Subject.With(problem, s_batches[0]),
                [InitialMean, InitialMean],
                [InitialVariance, InitialVariance]
            )
        );
        steps.Run();
        return steps;
    }

    /// <summary>The weight of the first batch's mean in what is kept after it.</summary>
    public double FirstWeight
    {
        get
        {
            var fresh = s_batches[0][0].Average();
            return (_kept[0].Mean[0] - InitialMean) / (fresh - InitialMean);
        }
    }

    /// <summary>Whether the means kept after every step are those of a convention and a weight.</summary>
    public bool MeansFit(Convention convention, double momentum) =>
        Fits(convention, momentum, step => step.KeptMean, kept => kept.Mean);

    /// <summary>The same of the variances.</summary>
    public bool VariancesFit(Convention convention, double momentum) =>
        Fits(convention, momentum, step => step.KeptVariance, kept => kept.Variance);

    private void Run()
    {
        var (mean, variance) = (
            new[] { InitialMean, InitialMean },
            new[] { InitialVariance, InitialVariance }
        );
        foreach (var batch in s_batches)
        {
            var call = Started(Subject.With(_problem, batch), mean, variance);
            var tensors = CaseData.Build(call);
            var (outcome, outputs) = _subject.Call(_problem, tensors);
            if (outcome.Status != RunStatus.Completed)
            {
                Declined = outcome.Message;
                return;
            }

            if (
                outputs[TensorRole.RunningMean] is not { } keptMean
                || outputs[TensorRole.RunningVar] is not { } keptVariance
            )
            {
                Declined = "it gives no running statistics";
                return;
            }

            (mean, variance) = (keptMean.ToDoubles(), keptVariance.ToDoubles());
            _kept.Add((mean, variance));
        }
    }

    private static Case Started(Case @case, double[] mean, double[] variance) =>
        Subject.Given(
            Subject.Given(@case, TensorRole.RunningMean, mean),
            TensorRole.RunningVar,
            variance
        );

    private bool Fits(
        Convention convention,
        double momentum,
        Func<StepOf<Bounded>, Bounded> expected,
        Func<(double[] Mean, double[] Variance), double[]> actual
    )
    {
        var type = _problem.DType.ParameterType();
        var model = ContractLevel.AnyOrder.Model(type);
        for (var channel = 0; channel < s_batches[0].Length; channel++)
        {
            var steps = History.BatchNorm(
                model,
                convention,
                _problem.Epsilon,
                momentum,
                InitialMean,
                InitialVariance,
                [.. s_batches.Select(batch => batch[channel])]
            );
            for (var k = 0; k < steps.Length; k++)
            {
                if (!Oracle.Allows(expected(steps[k]), type, actual(_kept[k])[channel]))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
