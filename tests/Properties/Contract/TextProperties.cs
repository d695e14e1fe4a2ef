using FsCheck;
using FsCheck.Fluent;
using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties.Contract;

public class TextProperties
{
    private static readonly CaseSelection s_everything = new() { Strides = true };

    [Fact]
    public void A_printed_problem_reads_back_as_itself() =>
        Run.ForCases(
            2000,
            s_everything,
            @case =>
            {
                var text = ProblemText.Print(@case.Problem);
                Assert.Equal(text, ProblemText.Print(ProblemText.Parse(text)));
                Assert.Equal(@case.Problem, ProblemText.Parse(text));
            }
        );

    [Fact]
    public void A_printed_case_reads_back_as_the_same_bits() =>
        Run.ForCases(
            400,
            s_everything,
            @case =>
            {
                var again = Case.Parse(@case.Text);
                Assert.Equal(@case.Text, again.Text);
                var first = CaseData.Build(@case);
                var second = CaseData.Build(again);
                foreach (var role in first.Roles)
                {
                    Assert.Equal(first[role]!.Data.ToArray(), second[role]!.Data.ToArray());
                }
            }
        );

    [Fact]
    public void Every_convention_survives_the_text()
    {
        foreach (var convention in Conventions.All)
        {
            var text = $"bn train f32 nchw 2x3x4 convention={convention.Name}";
            var problem = ProblemText.Parse(text);
            Assert.Same(convention, problem.Convention);
            Assert.Equal(problem, ProblemText.Parse(ProblemText.Print(problem)));
        }
    }

    [Theory]
    [InlineData("mb2ic32ih7iw5", "2x32x7x5")]
    [InlineData("mb32ic64ih56", "32x64x56x56")]
    [InlineData("ic16", "2x16")]
    [InlineData("mb1ic16id40", "1x16x40x40x40")]
    public void Benchdnn_shapes_are_understood(string word, string shape) =>
        Assert.Equal(
            shape,
            ProblemText
                .Parse($"bn train f32 nchw {word}".Replace("nchw ic16", "nc ic16"))
                .Shape.ToString()
        );

    [Theory]
    [InlineData("gn fwd f32 nchw 2x30x7x5 groups=7", "divide the 30 channels")]
    [InlineData("gn fwd f32 nchw 2x30x7x5", "needs groups")]
    [InlineData("ln fwd f32 6x2x128 axis=3", "axis between -3 and 2")]
    [InlineData("ln fwd f32 6x2x128 axis=-4", "axis between -3 and 2")]
    [InlineData("bn train f32 nchw 2x3x4x5 eps=-1", "at least 0")]
    [InlineData("bn train f32 nchw 2x3x4x5 eps=1e", "a number")]
    [InlineData("bn train f32 nchw 2x3x4x5 foo=1", "foo=1")]
    [InlineData("bn train f32 nchw 2x3x4x5 bogus", "'bogus'")]
    [InlineData("bn train f32 f64 2x3x4x5", "twice")]
    [InlineData("bn train f32 nchw 2x3", "")]
    [InlineData("ln infer f32 2x3", "no pass")]
    [InlineData("ln fwd f32 nchw 2x3", "no layout")]
    [InlineData("bn train f32 nhwc 99999x99999x99999", "elements")]
    [InlineData("bn train f32 nchw 2x0x4", "at least 1")]
    [InlineData("bn train f32 nchw 2x3x4 momentum=2", "between 0 and 1")]
    [InlineData("bn train f32 nchw 2x3x4 rmax=2", "renorm")]
    [InlineData("bn train f32 nchw 2x3x4 convention=nope", "expected one of")]
    [InlineData("bn train f32 nchw 2x3x4 data=offset", "offset:K")]
    [InlineData("bn train f32 nchw 2x3x4 data=rows:5..1", "A ≤ B")]
    [InlineData("bn train f32 nchw 2x3x4 x=[1,2]", "expected 24 values")]
    [InlineData("bn train f32 nchw 2x3x4 dy=[1]", "does not read dy")]
    [InlineData("", "no op")]
    public void A_bad_case_is_one_clear_line(string text, string says)
    {
        if (says.Length == 0)
        {
            // Rank 2 has one layout, and every word for it is understood.
            Assert.Equal(Layout.ChannelsFirst, Case.Parse(text).Problem.Layout);
            return;
        }

        var error = Assert.Throws<InputException>(() => Case.Parse(text));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Any_text_is_a_case_or_an_input_error()
    {
        var pieces = new[]
        {
            "bn",
            "ln",
            "gn",
            "renorm",
            "train",
            "fwd",
            "bwd",
            "f32",
            "bf16",
            "nhwc",
            "nchw",
            "2x3x4",
            "1x2x3x4x5",
            "0x1",
            "x",
            "2x",
            "groups=",
            "groups=3",
            "axis=-1",
            "axis=99999999999",
            "eps=nan",
            "eps=inf",
            "eps=1e400",
            "data=rows:1..",
            "data=:",
            "seed=-1",
            "x=[",
            "x=[]",
            "x=[1,,2]",
            "=",
            "==",
            "grad=nhwc",
            "mb1ic",
            "mb9999999999ic2",
            "9999999999x2",
            "saved=maybe",
            "momentum=",
            "convention=",
            "é",
            "[]",
            "gamma=[1]",
        };
        var words = Gen.ArrayOf(Gen.Elements(pieces)).Select(each => string.Join(' ', each));
        var noise = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");
        Run.Property(
            3000,
            Prop.ForAll(
                Arb.From(Gen.OneOf(words, noise)),
                text =>
                {
                    try
                    {
                        _ = Case.Parse(text);
                        return true;
                    }
                    catch (InputException error)
                    {
                        return error.Message.Length > 0;
                    }
                }
            )
        );
    }
}
