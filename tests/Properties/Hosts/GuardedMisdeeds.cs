using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>More of what a backend of this process can do wrong.</summary>
public class GuardedMisdeeds
{
    private static readonly Case s_case = Case.Parse("bn train f16 nchw 2x3x5 seed=2");

    private sealed class Acts(Func<TensorSet, RunOutcome> run, Func<string?>? refuses = null)
        : INormBackend
    {
        public BackendDescription Description { get; } = new() { Name = "acts", Version = "0" };

        public string? Refuses(NormProblem problem) => refuses?.Invoke();

        public RunOutcome Run(NormProblem problem, TensorSet tensors) => run(tensors);

        public void Dispose() { }
    }

    private static RunOutcome Play(Action<TensorSet> act, TensorSet? tensors = null)
    {
        using var backend = new GuardedBackend(
            new Acts(set =>
            {
                act(set);
                return RunOutcome.Completed;
            })
        );
        return backend.Run(s_case.Problem, tensors ?? CaseData.Build(s_case));
    }

    [Theory]
    [InlineData(TensorRole.X, 60, "1 byte was written behind x, the nearest 1 past its end")]
    [InlineData(TensorRole.Y, -1, "1 byte was written before y, the nearest 1 ahead of its start")]
    [InlineData(TensorRole.RunningVar, 12 + 255, "behind running_var, the nearest 256 past")]
    [InlineData(TensorRole.Gamma, -256, "before gamma, the nearest 256 ahead")]
    public void Side_and_distance_of_a_write_are_named(TensorRole role, int at, string says)
    {
        var outcome = Play(set =>
        {
            var tensor = set.Require(role);
            tensor.Data.Span[(int)(tensor.Offset * tensor.DType.Size()) + at] ^= 0x40;
        });
        Assert.Equal(RunStatus.OutOfBoundsWrite, outcome.Status);
        Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
    }

    /// <summary>What lies beside a tensor spoils whatever is made from it.</summary>
    [Fact]
    public void Margins_read_as_not_a_number() =>
        Assert.Equal(
            RunOutcome.Completed,
            Play(set =>
            {
                foreach (var role in set.Roles)
                {
                    var tensor = set.Require(role);
                    Assert.True(double.IsNaN(tensor.Read(-1)));
                    Assert.True(double.IsNaN(tensor.Read(tensor.Count)));
                }
            })
        );

    [Fact]
    public void A_write_outside_counts_more_than_the_exception_after_it()
    {
        var outcome = Play(set =>
        {
            set.Require(TensorRole.Y).Write(-1, 3);
            throw new InvalidOperationException("late");
        });
        Assert.Equal(RunStatus.OutOfBoundsWrite, outcome.Status);
    }

    /// <summary>Taking a tensor out of the set does not hide what was done to its memory.</summary>
    [Fact]
    public void A_replaced_input_is_still_compared()
    {
        var outcome = Play(set =>
        {
            set.Require(TensorRole.X).Write(4, 9);
            set[TensorRole.X] = new Tensor(DType.F16, new Shape(2, 3, 5));
        });
        Assert.Equal(RunStatus.InputModified, outcome.Status);
        Assert.Contains("first at element 4", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_statistics_may_be_updated()
    {
        var tensors = CaseData.Build(s_case);
        var outcome = Play(set => set.Require(TensorRole.RunningMean).Write(1, 8), tensors);
        Assert.Equal(RunOutcome.Completed, outcome);
        Assert.Equal(8, tensors.Require(TensorRole.RunningMean).Read(1));
    }

    [Fact]
    public void In_place_shares_memory_and_is_no_modified_input()
    {
        var tensors = CaseData.Build(s_case);
        tensors[TensorRole.Y] = tensors[TensorRole.X];
        var outcome = Play(
            set =>
            {
                Assert.Same(set[TensorRole.X], set[TensorRole.Y]);
                set.Require(TensorRole.Y).Write(29, 5);
            },
            tensors
        );
        Assert.Equal(RunOutcome.Completed, outcome);
        Assert.Equal(5, tensors.Require(TensorRole.X).Read(29));
    }

    [Fact]
    public void An_exception_over_the_question_is_a_finding_not_a_refusal()
    {
        using var backend = new GuardedBackend(
            new Acts(_ => RunOutcome.Completed, () => throw new NotSupportedException("no idea"))
        );
        Assert.Null(backend.Refuses(s_case.Problem));
        var outcome = backend.Run(s_case.Problem, CaseData.Build(s_case));
        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Contains(
            "NotSupportedException: no idea",
            outcome.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Output_that_no_longer_fits_is_a_bad_answer()
    {
        var outcome = Play(set => set[TensorRole.Y] = new Tensor(DType.F16, new Shape(5, 3, 2)));
        Assert.Equal(RunStatus.BadAnswer, outcome.Status);
    }
}
