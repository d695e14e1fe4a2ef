using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

public class GuardedBackendProperties
{
    private sealed class Prank(Action<TensorSet> prank) : INormBackend
    {
        private readonly ScalarBackend _inner = new();

        public BackendDescription Description => _inner.Description;

        public string? Refuses(NormProblem problem) => null;

        public RunOutcome Run(NormProblem problem, TensorSet tensors)
        {
            var outcome = _inner.Run(problem, tensors);
            prank(tensors);
            return outcome;
        }

        public void Dispose() => _inner.Dispose();
    }

    private static readonly Case s_case = Case.Parse("ln fwd f32 3x5 seed=2");

    private static RunOutcome Play(Action<TensorSet> prank)
    {
        using var backend = new GuardedBackend(new Prank(prank));
        return backend.Run(s_case.Problem, CaseData.Build(s_case));
    }

    private static void Touch(Tensor tensor, int distance) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.Data.Span)[
            (int)tensor.Offset + distance
        ] = 7;

    [Fact]
    public void An_honest_backend_completes() =>
        Assert.Equal(RunStatus.Completed, Play(_ => { }).Status);

    [Theory]
    [InlineData(-1, "before y")]
    [InlineData(15, "behind y")]
    public void A_write_outside_is_named(int distance, string where)
    {
        var outcome = Play(tensors => Touch(tensors.Require(TensorRole.Y), distance));
        Assert.Equal(RunStatus.OutOfBoundsWrite, outcome.Status);
        Assert.Contains(where, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_input_is_named()
    {
        var outcome = Play(tensors => Touch(tensors.Require(TensorRole.Gamma), 2));
        Assert.Equal(RunStatus.InputModified, outcome.Status);
        Assert.Contains("gamma", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_is_an_outcome()
    {
        var outcome = Play(_ => throw new InvalidOperationException("two\nlines"));
        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Equal("InvalidOperationException: two lines", outcome.Message);
    }

    [Fact]
    public void Outputs_are_poisoned_before_the_call()
    {
        using var backend = new GuardedBackend(new Nothing());
        var tensors = CaseData.Build(s_case);
        Assert.Equal(RunStatus.Completed, backend.Run(s_case.Problem, tensors).Status);
        Assert.All(
            Enumerable.Range(0, 15),
            i => Assert.True(Poison.IsPoison(tensors.Require(TensorRole.Y), i))
        );
    }

    private sealed class Nothing : INormBackend
    {
        public BackendDescription Description { get; } = new() { Name = "nothing", Version = "0" };

        public string? Refuses(NormProblem problem) => null;

        public RunOutcome Run(NormProblem problem, TensorSet tensors) => RunOutcome.Completed;

        public void Dispose() { }
    }
}
