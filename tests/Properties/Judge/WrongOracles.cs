using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>Oracles with defects that suites were seen to have.</summary>
internal static class WrongOracles
{
    /// <summary>The defect, the oracle that has it, and the demand that must notice it.</summary>
    public static IReadOnlyList<(string Defect, OracleUnderTest Mutant, string By)> All { get; } =
    [
        (
            "statistics are taken from the system under test",
            new OracleUnderTest { Expect = FedByTheSystem },
            OracleSpecification.OwnStatistics
        ),
        (
            "the expectation is computed in f32",
            new OracleUnderTest { Expect = Single },
            OracleSpecification.Fine
        ),
        (
            "epsilon is ignored",
            new OracleUnderTest
            {
                Expect = (problem, inputs, _, level) =>
                    Oracle.Expect(problem with { Epsilon = 0 }, inputs, level),
            },
            OracleSpecification.Epsilon
        ),
        (
            "seeds are ignored",
            new OracleUnderTest { Build = @case => CaseData.Build(@case with { Seed = 1 }) },
            OracleSpecification.Seeds
        ),
        (
            "a group of one element counts as pass",
            new OracleUnderTest
            {
                Expect = (problem, inputs, _, level) =>
                    Oracle
                        .Expect(problem, inputs, level)
                        .ToDictionary(
                            pair => pair.Key,
                            pair =>
                                problem.GroupSize > 1
                                    ? pair.Value
                                    : Array.ConvertAll(pair.Value, _ => Nothing)
                        ),
            },
            OracleSpecification.Single
        ),
        (
            "the bound is a thousand times as wide",
            new OracleUnderTest
            {
                Expect = (problem, inputs, _, level) =>
                    Oracle
                        .Expect(problem, inputs, level)
                        .ToDictionary(
                            pair => pair.Key,
                            pair =>
                                Array.ConvertAll(
                                    pair.Value,
                                    each => each with { Bound = 1e3 * each.Bound }
                                )
                        ),
            },
            OracleSpecification.Tight
        ),
    ];

    private static Expected Nothing =>
        new(Claim.Nothing, DoubleDouble.OfFloat(0), double.PositiveInfinity);

    /// <summary>y expected from the saved mean and 1/σ of the outputs, as a suite does that wants a narrow tolerance.</summary>
    private static IReadOnlyDictionary<TensorRole, Expected[]> FedByTheSystem(
        NormProblem problem,
        TensorSet inputs,
        TensorSet outputs,
        ContractLevel level
    )
    {
        var expected = Oracle.Expect(problem, inputs, level).ToDictionary();
        if (outputs[TensorRole.SavedMean] is { } saved && expected.ContainsKey(TensorRole.Y))
        {
            var partition = Partitions.Of(problem);
            var x = inputs.Require(TensorRole.X).ToDoubles();
            var inverse = outputs.Require(TensorRole.SavedInvStd).ToDoubles();
            var gamma = inputs[TensorRole.Gamma]?.ToDoubles();
            var beta = inputs[TensorRole.Beta]?.ToDoubles();
            var row = expected[TensorRole.Y].ToArray();
            var means = saved.ToDoubles();
            for (var group = 0; group < means.Length; group++)
            {
                foreach (var i in partition.Groups[group])
                {
                    var slot = partition.Slot[i];
                    var y =
                        ((gamma?[slot] ?? 1) * (x[i] - means[group]) * inverse[group])
                        + (beta?[slot] ?? 0);
                    row[i] = row[i] with { Truth = DoubleDouble.OfFloat(y) };
                }
            }

            expected[TensorRole.Y] = row;
        }

        return expected;
    }

    /// <summary>The truth as a naive loop in f32 has it.</summary>
    private static IReadOnlyDictionary<TensorRole, Expected[]> Single(
        NormProblem problem,
        TensorSet inputs,
        TensorSet outputs,
        ContractLevel level
    )
    {
        var computed = inputs.Clone();
        using var kernel = VariantCatalogue.Get("sequential").Start();
        kernel.Run(problem, computed);
        return Oracle
            .Expect(problem, inputs, level)
            .ToDictionary(
                pair => pair.Key,
                pair =>
                    (Expected[])
                        [
                            .. pair.Value.Zip(
                                computed.Require(pair.Key).ToDoubles(),
                                (each, value) => each with { Truth = DoubleDouble.OfFloat(value) }
                            ),
                        ]
            );
    }
}
