using NormCheck.Cli.Problems;
using NormCheck.Contract;
using Xunit;

namespace NormCheck.Properties.Cli;

public class ProblemListTests
{
    public static TheoryData<string> Names => [.. ProblemList.Names];

    [Fact]
    public void A_line_of_comma_lists_stands_for_every_combination()
    {
        var cases = ProblemList.Parse(
            "list",
            "bn train,bwd f32,bf16 nchw,nhwc 2x3x4x5 eps=1e-3\n",
            Conventions.Default
        );

        Assert.Equal(8, cases.Count);
        Assert.Equal(8, cases.Distinct().Count());
        Assert.Equal(
            "bn train f32 nchw 2x3x4x5 eps=0.001 momentum=0.1 data=normal seed=0",
            cases[0].Text
        );
        Assert.Equal("bn bwd bf16 nhwc 2x3x4x5 eps=0.001 data=normal seed=0", cases[^1].Text);
    }

    [Fact]
    public void Ops_and_shapes_combine_too()
    {
        var cases = ProblemList.Parse("list", "ln,rms fwd f64 3x5,2x7,1x9", Conventions.Default);

        Assert.Equal(
            ["3x5", "2x7", "1x9", "3x5", "2x7", "1x9"],
            cases.Select(each => each.Problem.Shape.ToString())
        );
        Assert.Equal(3, cases.Count(each => each.Problem.Op == NormOp.RmsNorm));
    }

    [Fact]
    public void Comments_blank_lines_and_carriage_returns_say_nothing()
    {
        var cases = ProblemList.Parse(
            "list",
            "# title\r\n\r\n   \r\nln fwd f32 3x5 # the only one\r\n#ln fwd f32 3x6\r\n",
            Conventions.Default
        );

        Assert.Equal("3x5", Assert.Single(cases).Problem.Shape.ToString());
    }

    [Fact]
    public void Values_in_brackets_are_no_comma_list()
    {
        var cases = ProblemList.Parse(
            "list",
            "ln fwd,bwd f32 1x2 affine=none x=[1,2] seed=3",
            Conventions.Default
        );

        Assert.Equal(2, cases.Count);
        Assert.All(cases, each => Assert.Equal([1.0, 2.0], each.Values[TensorRole.X].ToArray()));
    }

    [Fact]
    public void Lines_take_the_convention_of_the_run_unless_they_name_one()
    {
        var cases = ProblemList.Parse(
            "list",
            "bn train f32 nchw 2x3x4\nbn train f32 nchw 2x3x4 convention=pytorch",
            Conventions.Get("keras3")
        );

        Assert.Equal(["keras3", "pytorch"], cases.Select(each => each.Problem.Convention.Name));
        Assert.Equal(1e-3, cases[0].Problem.Epsilon);
    }

    [Theory]
    [InlineData("bn train f32 nchw 2x3\nbn trian f32 nchw 2x3", "list:2: unknown word 'trian'")]
    [InlineData("bn train f32,f23 nchw 2x3", "list:1: unknown word 'f23'")]
    [InlineData("\n\ngn fwd f32 nchw 2x5x3 groups=2", "list:3: expected groups to divide")]
    [InlineData("ln fwd f32 3x5 axsi=1", "list:1: unknown word 'axsi=1'")]
    [InlineData("ln fwd f32, 3x5", "list:1: 'f32,': expected a word")]
    public void An_error_names_source_line_and_word(string text, string says)
    {
        var error = Assert.Throws<InputException>(() =>
            ProblemList.Parse("list", text, Conventions.Default)
        );
        Assert.StartsWith(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_list_that_comes_with_the_program_reads_and_says_where_it_is_from(string name)
    {
        var cases = ProblemList.Load(name, Conventions.Default);

        Assert.NotEmpty(cases);
        Assert.Equal(cases.Count, cases.Distinct().Count());
        Assert.True(ProblemList.Title(name).Length > 20);
        if (name != "bench")
        {
            // What is verified is judged element by element; what is timed is sampled, and large on purpose.
            Assert.All(cases, each => Assert.True(each.Problem.Shape.Count <= 6_500_000));
        }
    }

    [Fact]
    public void The_lists_that_documents_name_are_there()
    {
        string[] named =
        [
            "smoke",
            "tails",
            "benchdnn-ci",
            "resnet50",
            "googlenet",
            "densenet121",
            "stable-diffusion",
            "bert-gpt",
            "swin",
            "pytorch-opinfo",
            "onnx-node",
            "unet3d",
        ];
        Assert.Superset(named.ToHashSet(), ProblemList.Names.ToHashSet());
        Assert.InRange(ProblemList.Load("smoke", Conventions.Default).Count, 20, 40);
    }
}
