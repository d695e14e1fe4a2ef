using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Cases;

public class CaseProperties
{
    private static readonly CaseSelection s_everything = new() { Strides = true };

    /// <summary>Shrinking ends, every step is a valid case, and what is found keeps the condition.</summary>
    [Fact]
    public void Shrinking_keeps_the_reason_and_ends_small() =>
        Run.ForCases(
            60,
            s_everything,
            @case =>
            {
                // A stand-in for a failure that needs a certain op and at least three elements in a group.
                bool Reason(Case candidate) =>
                    candidate.Problem.Op == @case.Problem.Op && candidate.Problem.GroupSize >= 3;
                if (!Reason(@case))
                {
                    return;
                }

                var smallest = CaseArbitrary.Minimize(@case, Reason, 5000);
                Assert.True(Reason(smallest), smallest.Text);
                Assert.True(
                    smallest.Problem.Shape.Count <= 8,
                    $"{@case.Text} ended at {smallest.Text}"
                );
                Assert.Equal(smallest.Text, Case.Parse(smallest.Text).Text);
            }
        );

    [Fact]
    public void Writing_values_out_keeps_every_bit()
    {
        var @case = Case.Parse("bn bwd bf16 nhwc 2x3x2x2 grad=nchw data=offset:100 seed=9");
        var literal = CaseShrinker.Shrink(@case).First(candidate => !candidate.Values.IsEmpty);
        var (first, second) = (CaseData.Build(@case), CaseData.Build(Case.Parse(literal.Text)));
        foreach (var role in first.Roles)
        {
            Assert.Equal(first[role]!.Data.ToArray(), second[role]!.Data.ToArray());
        }
    }

    /// <summary>The same values in both layouts: case texts that differ in the layout word alone.</summary>
    [Fact]
    public void A_layout_does_not_change_the_values()
    {
        var first = CaseData
            .Build(Case.Parse("gn fwd f32 nchw 2x4x3x5 groups=2 seed=3"))
            .Require(TensorRole.X);
        var last = CaseData
            .Build(Case.Parse("gn fwd f32 nhwc 2x4x3x5 groups=2 seed=3"))
            .Require(TensorRole.X);
        for (var flat = 0; flat < 120; flat++)
        {
            var index = new Shape(2, 4, 3, 5).IndexOf(flat);
            var (n, c, h, w) = (index[0], index[1], index[2], index[3]);
            Assert.Equal(
                first.Read((((n * 4) + c) * 15) + (h * 5) + w),
                last.Read((((n * 15) + (h * 5) + w) * 4) + c)
            );
        }
    }

    /// <summary>Every data class, every cell and every kind of shape is really drawn: none below 1 % of the cases.</summary>
    [Fact]
    public void The_generator_draws_every_class()
    {
        const int Count = 20_000;
        var generator = new CaseGenerator(s_everything, 1);
        var cases = Enumerable.Range(0, Count).Select(i => generator[i]).ToArray();
        double Share(Func<Case, bool> property) => cases.Count(property) / (double)Count;
        foreach (var kind in DataClasses.All)
        {
            Assert.InRange(Share(@case => @case.Data.Class == kind), 0.01, 0.3);
        }

        Assert.Equal(
            112,
            cases
                .Select(@case => CaseCell.Of(@case.Problem with { Layout = @case.Problem.Layout }))
                .Distinct()
                .Count()
        );
        Assert.InRange(Share(@case => @case.Problem.GroupSize == 1), 0.01, 0.3);
        Assert.InRange(Share(@case => @case.Problem.GroupSize is > 1 and <= 64), 0.3, 1);
        Assert.InRange(Share(@case => @case.Problem.GroupSize > 120), 0.05, 0.5);
        Assert.InRange(Share(@case => @case.Problem.Epsilon == 0), 0.03, 0.3);
        Assert.InRange(Share(@case => @case.Problem.Affine == AffineParts.None), 0.05, 0.3);
        Assert.InRange(Share(@case => @case.Problem.GradientLayout is not null), 0.02, 0.3);
        Assert.InRange(
            Share(@case => @case.Problem.Shape.Extents.Distinct().Count() == 1),
            0.02,
            0.3
        );
        Assert.InRange(Share(@case => !@case.Problem.Saved), 0.1, 0.5);
        Assert.All(cases, @case => Assert.InRange(@case.Problem.Shape.Count, 1, 1 << 18));
        Assert.InRange(Share(@case => @case.Problem.Shape.Count > 60_000), 0.002, 0.02);
    }

    [Fact]
    public void A_case_of_a_seed_does_not_depend_on_the_others()
    {
        var one = new CaseGenerator(s_everything, 5);
        var other = new CaseGenerator(s_everything, 5);
        _ = Enumerable.Range(0, 100).Select(i => other[i]).ToArray();
        Assert.Equal(one[777].Text, other[777].Text);
        Assert.NotEqual(one[777].Text, new CaseGenerator(s_everything, 6)[777].Text);
    }
}
