using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Timing;

namespace NormCheck.Properties.Timing;

/// <summary>A sample of a problem is judged as the whole problem is.</summary>
public sealed class TimedJudgeProperties
{
    public static TheoryData<string> Problems { get; } =
    [
        "bn train f32 nchw 3x7x4x5 seed=3",
        "bn train f32 nhwc 3x7x4x5 seed=3 affine=scale",
        "bn infer bf16 nhwc 3x7x4x5 seed=3",
        "bn bwd f32 nchw 3x7x4x5 grad=nhwc seed=3",
        "bn bwd-infer f32 nhwc 3x7x4x5 seed=3",
        "renorm train f32 nchw 3x7x4x5 rmax=2 dmax=3 seed=3",
        "in fwd f32 nchw 3x7x4x5 seed=3",
        "in bwd f32 nhwc 3x7x4x5 seed=3",
        "gn fwd f32 nchw 3x12x4x5 groups=6 seed=3",
        "gn bwd f32 nhwc 3x12x4x5 groups=6 seed=3",
        "ln fwd f32 9x11 seed=3",
        "ln bwd f32 3x3x2x11 axis=-2 seed=3",
        "ln bwd f16 9x11 seed=3",
        "ln bwd f64 9x11 seed=3",
        "rms fwd f32 9x11 seed=3",
        "rms bwd f32 9x11 affine=scale seed=3",
        "ln bwd f32 9x11 axis=0 seed=3",
    ];

    /// <summary>What the oracle asks of the elements of a part is what it asks of the same elements of the whole.</summary>
    [Theory]
    [MemberData(nameof(Problems))]
    public void A_part_asks_what_the_whole_asks(string text)
    {
        var @case = Case.Parse(text);
        var inputs = TimedData.Build(@case);
        var part = SampledPart.Choose(@case.Problem, 80, seed: 5);
        var whole = Oracle.Expect(@case.Problem, inputs, ContractLevel.AnyOrder);
        var sampled = Oracle.Expect(part.Problem, part.Slice(inputs), ContractLevel.AnyOrder);

        // Truths and bounds travel through the same slicing as outputs do.
        var truths = part.Slice(AsTensors(@case.Problem, whole, each => each.Truth.Hi));
        var bounds = part.Slice(AsTensors(@case.Problem, whole, each => each.Bound));
        foreach (var role in truths.Roles)
        {
            Assert.Equal(truths[role]!.ToDoubles(), sampled[role].Select(each => each.Truth.Hi));
            Assert.Equal(bounds[role]!.ToDoubles(), sampled[role].Select(each => each.Bound));
        }
    }

    [Theory]
    [MemberData(nameof(Problems))]
    public void Right_outputs_hold(string text)
    {
        var (@case, inputs, outputs) = Computed(text);
        var judge = new TimedJudge(@case.Problem, inputs, ContractLevel.AnyOrder, 5, sample: 80);
        Assert.Null(judge.Decide(outputs).Failure);
    }

    /// <summary>The last group is always in the sample, and so is the last column.</summary>
    [Theory]
    [MemberData(nameof(Problems))]
    public void A_wrong_element_in_the_sample_is_found(string text)
    {
        var (@case, inputs, outputs) = Computed(text);
        var judge = new TimedJudge(@case.Problem, inputs, ContractLevel.AnyOrder, 5, sample: 80);
        foreach (var spec in TensorPlan.For(@case.Problem).Where(spec => spec.IsOutput))
        {
            var gradient = spec.Role is TensorRole.DGamma or TensorRole.DBeta;
            if (gradient && judge.Coverage.Contains("not judged"))
            {
                continue;
            }

            var tensor = outputs.Require(spec.Role);
            var last = tensor.Count - 1;
            var right = tensor.Read(last);
            tensor.Write(last, right + 1 + Math.Abs(right));
            Assert.StartsWith(spec.Role.Name(), judge.Decide(outputs).Failure);
            tensor.Write(last, right);
        }
    }

    /// <summary>The sums over all rows in some columns are those of the page, bit by bit, bounds included.</summary>
    [Theory]
    [InlineData("ln bwd f32 9x11 seed=3")]
    [InlineData("rms bwd bf16 3x3x11 seed=3")]
    [InlineData("ln bwd f16 7x3x5 axis=-2 seed=3")]
    public void Columns_are_those_of_the_page(string text)
    {
        var @case = Case.Parse(text);
        var inputs = TimedData.Build(@case);
        var level = ContractLevel.AnyOrder;
        var whole = Oracle.Expect(@case.Problem, inputs, level);
        int[] columns = [0, 3, 10];
        var (dGamma, dBeta) = Oracle.ExpectColumns(@case.Problem, inputs, level, columns);
        Assert.Equal(columns.Select(k => whole[TensorRole.DGamma][k]), dGamma);
        Assert.Equal(columns.Select(k => whole[TensorRole.DBeta][k]), dBeta);
    }

    [Fact]
    public void What_was_judged_is_said()
    {
        Assert.Equal("all", Coverage("ln fwd f32 2x3 seed=1"));
        Assert.Equal("5 of 7 channels", Coverage("bn train f32 nchw 2x7x2x4 seed=1"));
        Assert.Equal(
            "7 of 9 rows, dgamma and dbeta in 11 of 11 columns",
            Coverage("ln bwd f32 9x11 seed=1")
        );
        Assert.Equal(
            "7 of 9 rows, dgamma and dbeta not judged",
            Coverage("ln bwd f64 9x11 seed=1")
        );

        static string Coverage(string text)
        {
            var @case = Case.Parse(text);
            return new TimedJudge(
                @case.Problem,
                TimedData.Build(@case),
                ContractLevel.AnyOrder,
                5,
                sample: 80
            ).Coverage;
        }
    }

    /// <summary>The statistics that a backward gets are those of the reference, but for the last bit.</summary>
    [Theory]
    [MemberData(nameof(Problems))]
    public void Saved_statistics_are_those_of_a_forward(string text)
    {
        var @case = Case.Parse(text);
        if (@case.Problem.Pass != NormPass.BackwardTraining)
        {
            return;
        }

        var fast = TimedData.Build(@case);
        var slow = fast.Clone();
        CaseData.FillSaved(@case.Problem, slow);
        foreach (var role in new[] { TensorRole.SavedMean, TensorRole.SavedInvStd })
        {
            var pairs = fast[role] is { } own ? own.ToDoubles().Zip(slow[role]!.ToDoubles()) : [];
            Assert.All(pairs, pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        }
    }

    private static (Case Case, TensorSet Inputs, TensorSet Outputs) Computed(string text)
    {
        var @case = Case.Parse(text);
        var inputs = TimedData.Build(@case);
        var outputs = inputs.Clone();
        using var backend = new GuardedBackend(new ScalarBackend());
        Assert.Equal(RunOutcome.Completed, backend.Run(@case.Problem, outputs));
        return (@case, inputs, outputs);
    }

    private static TensorSet AsTensors(
        NormProblem problem,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        Func<Expected, double> value
    )
    {
        var tensors = new TensorSet();
        foreach (var (role, row) in expected)
        {
            var spec = TensorPlan.For(problem).Single(each => each.Role == role);
            var tensor = new Tensor(DType.F64, spec.Shape);
            tensor.CopyFrom([.. row.Select(value)]);
            tensors[role] = tensor;
        }

        return tensors;
    }
}
