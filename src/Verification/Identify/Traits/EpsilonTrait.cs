using System.Globalization;
using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// Where ε goes, and which ε: that of the call, a fixed one, or one with a floor. Variances from 2⁻⁴⁰ ε, where ε is all
/// there is and can be read off, to 4 ε, where inside and outside of the root differ most.
/// </summary>
internal sealed class EpsilonTrait(NormPass pass) : Trait
{
    private static readonly double[] s_arguments = [0.5, 1e-3, 1e-5, 1e-8, 1e-12];
    private static readonly double[] s_ratios = [Math.ScaleB(1, -40), 0.0625, 1, 4];

    private bool Inference => pass == NormPass.ForwardInference;

    public override string Id => Inference ? "epsilon-inference" : "epsilon";

    public override string Title => Inference ? "denominator in inference" : "denominator";

    public override bool Concerns(NormOp op) => Inference ? op == NormOp.BatchNorm : true;

    public override string Of(Convention convention, NormOp op) =>
        EpsilonWords.Of(Inference ? convention.InferenceEpsilon : convention.ForwardEpsilon);

    public override TraitReport Ask(Subject subject)
    {
        var asked = s_arguments
            .Select(argument => (Argument: argument, Case: Small(subject, argument)))
            .ToArray();
        if (asked.Any(each => each.Case is null))
        {
            return NotAsked(subject.Reason(pass));
        }

        var taken = asked
            .Where(each => subject.Declines([each.Case!]) is null)
            .Select(each => (each.Argument, Case: each.Case!))
            .ToArray();
        if (taken.Length == 0)
        {
            return NotAsked(subject.Declines([asked[0].Case!])!);
        }

        var left = Candidates(subject, taken)
            .Where(rule => taken.All(each => Agrees(subject, each.Case, rule)))
            .ToArray();

        // The plainest comes first: a floor below every ε that was asked for would do as well as none.
        EpsilonRule? told = left.Length > 0 ? left[0] : null;
        if (told is { } rule)
        {
            subject.Known = With(subject.Known, rule);
        }

        var refused = s_arguments.Except(taken.Select(each => each.Argument)).ToArray();
        return Told(
            told is { } known ? [EpsilonWords.Of(known)] : [],
            taken[0].Case,
            refused.Length > 0
                ? $"declines ε = {string.Join(", ", refused.Select(ProblemText.Number))}"
                : ""
        );
    }

    private Case? Small(Subject subject, double epsilon)
    {
        double[] sizes = [.. s_ratios.Select(ratio => Math.Sqrt(epsilon * ratio))];
        if (!Inference)
        {
            return subject.Make(pass, [.. sizes.Select(a => new[] { a, -a, a, -a })], epsilon);
        }

        var size = Math.Sqrt(epsilon);
        double[][] x = [.. sizes.Select(_ => new[] { size, -size, 3 * size, 2 * size })];
        return subject.Make(pass, x, epsilon) is { } plain
            ? Subject.Given(plain, TensorRole.RunningVar, sizes.Select(a => a * a))
            : null;
    }

    /// <summary>That of the call first, then fixed ones, then floors, inside before outside.</summary>
    private IEnumerable<EpsilonRule> Candidates(
        Subject subject,
        IReadOnlyList<(double Argument, Case Case)> taken
    )
    {
        EpsilonPlacement[] placements = [EpsilonPlacement.InsideRoot, EpsilonPlacement.OutsideRoot];
        var read = placements.ToDictionary(
            placement => placement,
            placement =>
                taken
                    .Select(each => Shortest(subject, each.Case, placement))
                    .OfType<double>()
                    .Distinct()
                    .ToArray()
        );
        return
        [
            .. placements.Select(placement => new EpsilonRule(placement)),
            new EpsilonRule(EpsilonPlacement.Absent),
            .. placements.SelectMany(placement =>
                read[placement].Select(value => new EpsilonRule(placement, Fixed: value))
            ),
            .. placements.SelectMany(placement =>
                read[placement].Select(value => new EpsilonRule(placement, Floor: value))
            ),
        ];
    }

    /// <summary>The decimal of fewest digits that explains one call as its ε; null where none of nine digits does.</summary>
    private double? Shortest(Subject subject, Case @case, EpsilonPlacement placement)
    {
        if (Read(subject, @case, placement) is not { } value)
        {
            return null;
        }

        for (var digits = 0; digits < 9; digits++)
        {
            var text = value.ToString($"E{digits}", CultureInfo.InvariantCulture);
            var rounded = double.Parse(text, CultureInfo.InvariantCulture);
            if (Agrees(subject, @case, new(placement, Fixed: rounded)))
            {
                return rounded;
            }
        }

        return null;
    }

    /// <summary>ε from the group whose variance is all but 0: y = x/σ gives σ.</summary>
    private double? Read(Subject subject, Case @case, EpsilonPlacement placement)
    {
        var (_, outputs) = subject.Observe(@case);
        var members = NormCheck.Reference.Partitions.Of(@case.Problem).Groups[0];
        var x = outputs.Require(TensorRole.X).ToDoubles()[members[0]];
        var y = outputs.Require(TensorRole.Y).ToDoubles()[members[0]];
        var std = Math.Abs(x / y);
        var count = members.Length;
        var lost = subject.Known.NormalizingDivisor == Divisor.Bessel ? 1 : 0;
        var variance = Inference
            ? outputs.Require(TensorRole.RunningVar).Read(0)
            : x * x * count / (count - lost);
        var epsilon =
            placement == EpsilonPlacement.InsideRoot
                ? (std * std) - variance
                : std - Math.Sqrt(variance);
        return double.IsFinite(epsilon) && epsilon > 0 ? epsilon : null;
    }

    private bool Agrees(Subject subject, Case @case, EpsilonRule rule) =>
        subject.Agrees(@case, With(subject.Known, rule), TensorRole.Y);

    /// <summary>The other phases are taken to do the same until they are asked.</summary>
    private Convention With(Convention known, EpsilonRule rule) =>
        Inference
            ? known with
            {
                InferenceEpsilon = rule,
            }
            : known with
            {
                ForwardEpsilon = rule,
                BackwardEpsilon = rule,
                InferenceEpsilon = rule,
            };
}
