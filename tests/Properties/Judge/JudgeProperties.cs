using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>The comparator itself: each of these is a mistake that a real suite has made.</summary>
public class JudgeProperties
{
    private static readonly NormProblem s_problem = ProblemText.Parse(
        "ln fwd f32 1x3 affine=none saved=no"
    );

    private static Verdict Judge(Expected[] expected, params float[] actual) =>
        Judge(expected, y => actual.CopyTo(y.Span<float>()));

    private static Verdict Judge(Expected[] expected, Action<Tensor> write)
    {
        var outputs = new TensorSet();
        outputs[TensorRole.Y] = new Tensor(DType.F32, new Shape(1, 3));
        write(outputs[TensorRole.Y]!);
        return OutputJudge.Decide(
            s_problem,
            outputs,
            new Dictionary<TensorRole, Expected[]> { [TensorRole.Y] = expected },
            ContractLevel.AnyOrder
        );
    }

    private static Expected Near(double truth, double bound) =>
        new(Claim.Within, DoubleDouble.OfFloat(truth), bound);

    private static Expected Of(Claim claim) => new(claim, DoubleDouble.OfFloat(0), 0);

    private static Expected[] Three(Expected expected) => [expected, Near(1, 0), Near(2, 0)];

    [Theory]
    [InlineData(1.0f, true)]
    [InlineData(1.25f, true)]
    [InlineData(0.75f, true)]
    [InlineData(1.2500001f, false)]
    [InlineData(0.7499999f, false)]
    [InlineData(-1.0f, false)]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(float.NegativeInfinity, false)]
    public void Within_the_bound_holds_and_nothing_else(float actual, bool holds) =>
        Assert.Equal(holds, Judge(Three(Near(1, 0.25)), actual, 1, 2).Holds);

    [Theory]
    [InlineData(Claim.NotANumber, float.NaN, true)]
    [InlineData(Claim.NotANumber, 0f, false)]
    [InlineData(Claim.NotANumber, float.PositiveInfinity, false)]
    [InlineData(Claim.PositiveInfinity, float.PositiveInfinity, true)]
    [InlineData(Claim.PositiveInfinity, float.NegativeInfinity, false)]
    [InlineData(Claim.PositiveInfinity, float.MaxValue, false)]
    [InlineData(Claim.PositiveInfinity, float.NaN, false)]
    [InlineData(Claim.NegativeInfinity, float.NegativeInfinity, true)]
    [InlineData(Claim.NegativeInfinity, float.PositiveInfinity, false)]
    [InlineData(Claim.NotFinite, float.NaN, true)]
    [InlineData(Claim.NotFinite, float.NegativeInfinity, true)]
    [InlineData(Claim.NotFinite, 3f, false)]
    [InlineData(Claim.Finite, 3f, true)]
    [InlineData(Claim.Finite, float.NaN, false)]
    [InlineData(Claim.Finite, float.PositiveInfinity, false)]
    [InlineData(Claim.Nothing, float.NaN, true)]
    public void Classes_are_judged_by_class(Claim claim, float actual, bool holds) =>
        Assert.Equal(holds, Judge(Three(Of(claim)), actual, 1, 2).Holds);

    [Fact]
    public void Every_element_counts_the_first_and_the_last_too()
    {
        Expected[] expected = [Near(1, 0.1), Near(1, 0.1), Near(1, 0.1)];
        for (var wrong = 0; wrong < 3; wrong++)
        {
            float[] actual = [1, 1, 1];
            actual[wrong] = 2;
            var verdict = Judge(expected, actual).Tensors.Single();
            Assert.Equal(1, verdict.Failures);
            Assert.Equal(wrong, verdict.Worst);
            Assert.Equal(2, verdict.Actual);
        }
    }

    /// <summary>In one ulp above and below 1 the spacing differs by two.</summary>
    [Fact]
    public void Ulps_are_those_of_the_truths_binade()
    {
        var f32 = StorageType.Of(DType.F32);
        Assert.Equal(Math.ScaleB(1, -23), f32.Ulp(1));
        Assert.Equal(Math.ScaleB(1, -24), f32.Ulp(BitConverter.Int32BitsToSingle(0x3F7FFFFF)));
        Assert.Equal(Math.ScaleB(1, -149), f32.Ulp(0));
        Assert.Equal(Math.ScaleB(1, -149), f32.Ulp(1e-40));
        Assert.Equal(Math.ScaleB(1, 104), f32.Ulp(float.MaxValue));
        Assert.Equal(Math.ScaleB(1, -10), StorageType.Of(DType.F16).Ulp(1));
        Assert.Equal(Math.ScaleB(1, -7), StorageType.Of(DType.BF16).Ulp(1));
        Assert.Equal(Math.ScaleB(1, -24), StorageType.Of(DType.F16).Ulp(1e-6));
    }

    /// <summary>An infinite result is right where the interval reaches what rounds to infinity, with that sign.</summary>
    [Theory]
    [InlineData(3.4e38, 1e37, float.PositiveInfinity, true)]
    [InlineData(3.4e38, 1e37, float.NegativeInfinity, false)]
    [InlineData(3.0e38, 1e37, float.PositiveInfinity, false)]
    public void Overflow_is_allowed_where_the_interval_reaches_it(
        double truth,
        double bound,
        float actual,
        bool holds
    ) => Assert.Equal(holds, Judge(Three(Near(truth, bound)), actual, 1, 2).Holds);

    [Fact]
    public void Poison_is_unwritten_even_where_nothing_is_claimed()
    {
        var verdict = Judge(
            Three(Of(Claim.Nothing)),
            y =>
            {
                Poison.Fill(y);
                y.Span<float>()[1] = 1;
                y.Span<float>()[2] = 2;
            }
        );
        Assert.Equal(FailureKind.Unwritten, verdict.Failure!.Kind);
        Assert.Equal(0, verdict.Failure.Worst);
    }

    /// <summary>
    /// What any judge must reject: the right output with one element moved by more than the bound, on every op, pass and
    /// type; and what it must accept: the truth itself, rounded.
    /// </summary>
    [Fact]
    public void The_rounded_truth_holds_and_twice_the_bound_does_not() =>
        Run.ForCases(
            500,
            new CaseSelection { Strides = true },
            @case =>
            {
                var inputs = CaseData.Build(@case);
                var expected = Oracle.Expect(@case.Problem, inputs, ContractLevel.AnyOrder);
                var outputs = inputs.Clone();
                foreach (var (role, row) in expected)
                {
                    outputs.Require(role).CopyFrom([.. row.Select(each => each.Truth.ToFloat())]);
                }

                var finite = expected.All(pair =>
                    pair.Value.All(each => each.Claim == Claim.Within)
                );
                if (!finite)
                {
                    return;
                }

                Assert.True(
                    OutputJudge
                        .Decide(@case.Problem, outputs, expected, ContractLevel.AnyOrder)
                        .Holds,
                    @case.Text
                );
                foreach (var (role, row) in expected)
                {
                    var tensor = outputs.Require(role);
                    var at = (int)(@case.Seed % (ulong)row.Length);
                    var moved = row[at].Truth.Hi + (4 * row[at].Bound);
                    if (!(Math.Abs(moved) < StorageType.Of(tensor.DType).Largest))
                    {
                        continue;
                    }

                    var distance = tensor.Distances().ElementAt(at);
                    var before = tensor.Read(distance);
                    tensor.Write(distance, moved);
                    if (row[at].Error(tensor.Read(distance)) <= row[at].Bound)
                    {
                        // The type has no number there: the move was rounded away.
                        tensor.Write(distance, before);
                        continue;
                    }

                    Assert.False(
                        OutputJudge
                            .Decide(@case.Problem, outputs, expected, ContractLevel.AnyOrder)
                            .Holds,
                        $"{@case.Text}: {role.Name()}[{at}] moved to {moved}"
                    );
                    tensor.Write(distance, before);
                }
            }
        );
}
