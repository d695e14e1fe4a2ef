using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Judge;

/// <summary>Turns readings of the reference page into what is asked of each output element under a contract.</summary>
public static class Oracle
{
    /// <summary>A truth that is not 2¹⁶ times finer than the bound is computed again with more bits.</summary>
    private static readonly double s_margin = Math.ScaleB(1, -16);

    /// <summary>
    /// For every output of the problem, element by element in row-major order, what the contract asks.
    /// </summary>
    public static IReadOnlyDictionary<TensorRole, Expected[]> Expect(
        NormProblem problem,
        TensorSet inputs,
        ContractLevel level
    )
    {
        // Faithful bounds the result by itself; the strictest model tells where it is well posed.
        var strictest = level == ContractLevel.Faithful ? ContractLevel.Compensated : level;
        return Expect(problem, inputs, strictest.Model(problem.DType), level);
    }

    /// <summary>The same under any rounding model; under faithful the model only says where there is a claim.</summary>
    public static IReadOnlyDictionary<TensorRole, Expected[]> Expect(
        NormProblem problem,
        TensorSet inputs,
        RoundingModel model,
        ContractLevel level
    )
    {
        var bounded = NormCheck.Reference.Reference.Bounded(model, problem, inputs);
        var terms =
            level == ContractLevel.Faithful
                ? Reference.Reference.LargestTerms(problem, inputs)
                : null;
        var hostile = HasNonFinite(problem, inputs);
        var ieee = hostile ? Reference.Reference.Binary64(problem, inputs) : null;

        // 0/0 is ill posed by itself; only what a NaN or ∞ of the input makes so has a class that can be asked for.
        var benign = hostile ? Reference.Reference.DoubleDouble(problem, Finite(inputs)) : null;
        var expected = new Dictionary<TensorRole, Expected[]>();
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            var storage = StorageType.Of(spec.DType);
            var values = bounded[spec.Role];
            var row = new Expected[values.Length];
            var expressible =
                spec.Access != TensorAccess.Update || KeepsExponentially(problem.Convention);
            for (var i = 0; i < row.Length; i++)
            {
                row[i] =
                    !expressible ? new(Claim.Nothing, values[i].Value, double.PositiveInfinity)
                    : ieee is not null
                    && !double.IsFinite(values[i].Value.Hi)
                    && double.IsFinite(benign![spec.Role][i].Hi)
                        ? ByClass(problem, spec, ieee[spec.Role][i])
                    : terms is null ? ByModel(values[i], storage)
                    : ByUlp(values[i], terms[spec.Role][i], storage);
            }

            expected[spec.Role] = row;
        }

        if (NeedsCertificate(problem, level) && !IsFineEnough(problem, inputs, expected))
        {
            Sharpen(problem, inputs, expected);
        }

        return expected;
    }

    /// <summary>
    /// What is asked of dγ and dβ of a layer or RMS norm in some columns, without judging the rest of the backward. Not for
    /// f64, whose truths need a certificate. Under faithful what compensated asks: the larger bound.
    /// </summary>
    internal static (Expected[] DGamma, Expected[] DBeta) ExpectColumns(
        NormProblem problem,
        TensorSet inputs,
        ContractLevel level,
        int[] columns
    )
    {
        var strictest = level == ContractLevel.Faithful ? ContractLevel.Compensated : level;
        var (dGamma, dBeta) = Reference.Reference.BoundedColumns(
            strictest.Model(problem.DType),
            problem,
            inputs,
            columns
        );
        var storage = StorageType.Of(problem.DType.ParameterType());
        return (
            [.. dGamma.Select(value => ByModel(value, storage))],
            [.. dBeta.Select(value => ByModel(value, storage))]
        );
    }

    /// <summary>
    /// For f32, f16 and bf16 data under a rounding model, double-double (2⁻¹⁰²) is finer than the model (2⁻²⁴) by 2⁷⁸ in
    /// every operation and cannot leave its range, so nothing need be checked (a property test checks it all the same).
    /// </summary>
    private static bool NeedsCertificate(NormProblem problem, ContractLevel level) =>
        problem.DType == DType.F64 || level == ContractLevel.Faithful;

    private static bool IsFineEnough(
        NormProblem problem,
        TensorSet inputs,
        Dictionary<TensorRole, Expected[]> expected
    )
    {
        var own = Reference.Reference.Bounded(RoundingModel.DoubleDouble, problem, inputs);
        return expected.All(pair =>
            pair.Value.Zip(own[pair.Key])
                .All(each =>
                    each.First.Claim != Claim.Within
                    || each.Second.Error <= s_margin * each.First.Bound
                )
        );
    }

    /// <summary>Replaces every truth by the 320-bit one; what double-double was off by widens the bound.</summary>
    private static void Sharpen(
        NormProblem problem,
        TensorSet inputs,
        Dictionary<TensorRole, Expected[]> expected
    )
    {
        foreach (var (role, values) in Reference.Reference.BigFloat(problem, inputs))
        {
            var row = expected[role];
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i].Claim != Claim.Within)
                {
                    continue;
                }

                var truth = values[i].ToDoubleDouble();
                row[i] =
                    values[i].IsNaN || !double.IsFinite(truth.Hi)
                        ? row[i] with
                        {
                            Claim = Claim.Nothing,
                        }
                        : row[i] with
                        {
                            Truth = truth,
                            Bound = row[i].Bound + Math.Abs((truth - row[i].Truth).Hi),
                        };
            }
        }
    }

    /// <summary>Whether a number, rounded to its type, may be what a bounded reading gives.</summary>
    internal static bool Allows(Bounded value, DType dtype, double actual)
    {
        var expected = ByModel(value, StorageType.Of(dtype));
        return expected.Claim != Claim.Within || expected.Error(actual) <= expected.Bound;
    }

    private static Expected ByModel(Bounded value, StorageType storage)
    {
        var deviation = value.Error * Bounded.Slack;
        if (!double.IsFinite(deviation) || !double.IsFinite(value.Value.Hi))
        {
            return new(Claim.Nothing, value.Value, double.PositiveInfinity);
        }

        // A bound beyond every number bounds nothing.
        if (deviation > double.MaxValue / 4)
        {
            return new(Claim.Nothing, value.Value, double.PositiveInfinity);
        }

        // The result may round at the upper end of the interval, where the ulp may be larger.
        var rounding = storage.Ulp(Math.Abs(value.Value.Hi) + deviation) / 2;
        return new(Claim.Within, value.Value, deviation + rounding);
    }

    private static Expected ByUlp(Bounded value, double largestTerm, StorageType storage)
    {
        if (!double.IsFinite(value.Error) || !double.IsFinite(largestTerm))
        {
            return new(Claim.Nothing, value.Value, double.PositiveInfinity);
        }

        // Never more than the contract below it: for 16-bit types an ulp is more than what compensated allows.
        var ulp = storage.Ulp(value.Value.Hi) + (Math.ScaleB(1, -36) * largestTerm);
        var weaker = ByModel(value, storage);
        return weaker with { Bound = Math.Min(ulp, weaker.Bound) };
    }

    private static Expected ByClass(NormProblem problem, TensorSpec spec, double ieee)
    {
        // 0 times a NaN is NaN, but a kernel may as well skip an update of weight 0.
        var skippable = spec.Access == TensorAccess.Update && problem.Momentum == 0;
        var claim =
            skippable ? Claim.Nothing
            : double.IsNaN(ieee) ? Claim.NotANumber
            : double.IsFinite(ieee) ? Claim.Finite
            : !problem.Pass.IsInference() ? Claim.NotFinite
            : ieee > 0 ? Claim.PositiveInfinity
            : Claim.NegativeInfinity;
        return new(claim, DoubleDouble.OfFloat(ieee), double.PositiveInfinity);
    }

    /// <summary>
    /// Cumulative, debiased and weighted averages need a step count that a problem does not hold: what they keep is
    /// checked by worked examples, not here.
    /// </summary>
    private static bool KeepsExponentially(Convention convention) =>
        convention.Running is RunningKind.MeanVariance or RunningKind.MeanStd or RunningKind.None;

    /// <summary>The tensors with ordinary numbers, no two neighbours equal, in place of NaN and the infinities.</summary>
    private static TensorSet Finite(TensorSet inputs)
    {
        var finite = inputs.Clone();
        foreach (var role in finite.Roles)
        {
            var next = 1;
            var tensor = finite.Require(role);
            tensor.CopyFrom([
                .. tensor
                    .ToDoubles()
                    .Select(value => double.IsFinite(value) ? value : 1 + (next++ % 8 / 8.0)),
            ]);
        }

        return finite;
    }

    /// <summary>Saved statistics do not count: the page computes them from x.</summary>
    private static bool HasNonFinite(NormProblem problem, TensorSet inputs) =>
        TensorPlan
            .For(problem)
            .Where(spec =>
                spec.IsInput && spec.Role is not (TensorRole.SavedMean or TensorRole.SavedInvStd)
            )
            .Any(spec =>
                inputs.Require(spec.Role).ToDoubles().Any(value => !double.IsFinite(value))
            );
}
