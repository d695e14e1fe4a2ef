using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Laws;

/// <summary>What a call may depend on: its inputs, and nothing else.</summary>
internal static class MachineLaws
{
    /// <summary>Calls of each thread where several run at once: enough to overlap, cheap for small cases.</summary>
    private const int Repetitions = 16;

    private const int MostRepetitions = 500;

    /// <summary>The id of the law that all exact laws rest on.</summary>
    public const string Repeatable = "repeatable";

    public static IReadOnlyList<Law> All { get; } =
    [
        new()
        {
            Id = Repeatable,
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "The same call twice gives the same bits.",
            Formula = "f(x) = f(x)",
            Check = bench => Equal(bench, bench.Call.Build()),
        },
        new()
        {
            Id = "repeatable-after-another",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement =
                "A call gives the same bits after a call with another shape and other numbers.",
            Formula = "f(x), f(z), f(x)",
            Check = bench =>
                bench.Base(out _) && bench.Ask(Different(bench), out _)
                    ? Equal(bench, bench.Call.Build())
                    : bench.Missing,
        },
        new()
        {
            Id = "concurrent-same",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Two callers with the same call at once get the bits of one alone.",
            Formula = "f(x) ∥ f(x) = f(x)",
            Check = bench => Concurrent(bench, bench.Call),
        },
        new()
        {
            Id = "concurrent-different",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Two callers with other shapes at once get the bits of one alone.",
            Formula = "f(x) ∥ f(z) = f(x), f(z)",
            Check = bench => Concurrent(bench, Different(bench)),
        },
        new()
        {
            Id = "outputs-are-overwritten",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "What output memory held before a call is in no bit of the outputs.",
            Formula = "y := 7 or NaN, then y := f(x)",
            Check = bench =>
            {
                var filled = bench.Call.Build();
                foreach (var spec in TensorPlan.For(bench.Problem))
                {
                    if (spec.Access == TensorAccess.Write)
                    {
                        var values = new double[spec.Shape.Count];
                        Array.Fill(values, 7);
                        filled.Require(spec.Role).CopyFrom(values);
                    }
                }

                return Equal(bench, filled);
            },
        },
        new()
        {
            Id = "in-place",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Where y may be x and dx may be dy, that changes no bit.",
            Formula = "x := f(x)",
            Check = InPlace,
        },
        new()
        {
            Id = "unaligned",
            Topic = LawTopic.Machine,
            Kind = LawKind.Bounded,
            Statement =
                "Tensors that begin one element off a vector boundary give the same answer.",
            Formula = "f(x at an odd address) = f(x)",
            Check = bench =>
            {
                var shifted = bench.Call.Build(spec => new Tensor(
                    spec.DType,
                    spec.Shape,
                    [.. spec.Strides],
                    offset: 1 + ((int)spec.Role % 2)
                ));
                return bench.Base(out var plain) && bench.Ask(bench.Problem, shifted, out var other)
                    ? ViewLaws.Agree(bench, bench.Call, plain, other)
                    : bench.Missing;
            },
        },
        new()
        {
            Id = "unsaved",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Whether statistics are saved and running ones kept changes no bit of y.",
            Formula = "f(x; saved = ∅, running = ∅).y = f(x).y",
            Passes = [NormPass.ForwardTraining],
            Check = bench =>
            {
                var running = bench.Problem.Op == NormOp.BatchRenorm;
                var full = bench.Call.For(bench.Problem with { Saved = true });
                var bare = bench.Call.For(bench.Problem with { Saved = false, Running = running });
                return bench.Ask(full, out var with) && bench.Ask(bare, out var without)
                    ? LawBench.Same(TensorRole.Y, with[TensorRole.Y], without[TensorRole.Y])
                    : bench.Missing;
            },
        },
        new()
        {
            Id = "unsaved-running",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Whether statistics are saved changes no bit of the running ones.",
            Formula = "r'(saved = ∅) = r'",
            Ops = [NormOp.BatchNorm, NormOp.BatchRenorm],
            Passes = [NormPass.ForwardTraining],
            Check = bench =>
            {
                var full = bench.Call.For(bench.Problem with { Saved = true });
                var bare = bench.Call.For(bench.Problem with { Saved = false });
                return bench.Ask(full, out var with) && bench.Ask(bare, out var without)
                    ? LawOutcome.All(
                        LawShapes.Running.Select(role =>
                            LawBench.Same(role, with[role], without[role])
                        )
                    )
                    : bench.Missing;
            },
        },
        new()
        {
            Id = "saved-or-made-again",
            Topic = LawTopic.Machine,
            Kind = LawKind.Bounded,
            Statement =
                "A backward that is given the saved statistics and one that makes its own agree.",
            Formula = "dx(x, dy, μ, 1/σ) = dx(x, dy)",
            Passes = [NormPass.BackwardTraining],
            Check = bench =>
                bench.Problem.Saved
                    ? Correspondence
                        .Reshaped(bench.Call, bench.Call.Unsaved().Problem)
                        .Bounded(bench)
                    : LawOutcome.Skip("nothing was saved"),
        },
        new()
        {
            Id = "no-shift-gradient",
            Topic = LawTopic.Machine,
            Kind = LawKind.Exact,
            Statement = "Whether dβ is asked for changes no bit of dx and dγ.",
            Formula = "dx(dβ = ∅) = dx",
            Passes = [NormPass.BackwardTraining, NormPass.BackwardInference],
            Check = bench =>
                bench.Problem.Affine.HasFlag(AffineParts.Shift)
                    ? Correspondence
                        .Reshaped(
                            bench.Call,
                            bench.Problem with
                            {
                                Affine = bench.Problem.Affine & ~AffineParts.Shift,
                            }
                        )
                        .Exact(bench)
                    : LawOutcome.Skip("no β"),
        },
    ];

    private static LawOutcome Equal(LawBench bench, TensorSet tensors) =>
        bench.Base(out var first) && bench.Ask(bench.Problem, tensors, out var second)
            ? Same(first, second)
            : bench.Missing;

    private static LawOutcome Same(Answer first, Answer second) =>
        LawOutcome.All(first.Roles.Select(role => LawBench.Same(role, first[role], second[role])));

    /// <summary>A call of the same op and pass with other numbers and a shape of other extent along one axis.</summary>
    private static Call Different(LawBench bench)
    {
        var problem = bench.Problem;
        var random = bench.Random(41);
        var axis = random.Below(problem.Rank);
        var extent = problem.Shape[axis];
        var more = problem.Shape.Count < 2000 ? 2 * extent : problem.Groups;
        var other = bench.Case with
        {
            Problem = LawShapes.WithExtent(problem, axis, extent + more),
            Data = DataSpec.Normal,
            Seed = random.Bits() % 1_000_000,
            Values = bench.Case.Values.Clear(),
        };
        return Call.Of(other.Problem, CaseData.Build(other));
    }

    /// <summary>Two backends, each on a thread of its own, against what each gives when alone.</summary>
    private static LawOutcome Concurrent(LawBench bench, Call other)
    {
        if (bench.Another is not { } start)
        {
            return LawOutcome.Skip("one backend only");
        }

        if (!bench.Base(out var ours) || !bench.Ask(other, out var theirs))
        {
            return bench.Missing;
        }

        using var second = start();
        using var left = new CountdownEvent(2);
        var outcomes = new LawOutcome[2];
        var thread = new Thread(() => outcomes[1] = Repeat(second, other, theirs, left));
        thread.Start();
        outcomes[0] = Repeat(bench.Backend, bench.Call, ours, left);
        thread.Join();
        return LawOutcome.All(outcomes);
    }

    /// <summary>Calls often enough, and then for as long as the other caller is not done: so they do overlap.</summary>
    private static LawOutcome Repeat(
        INormBackend backend,
        Call call,
        Answer alone,
        CountdownEvent left
    )
    {
        var outcome = LawOutcome.Holds;
        for (var k = 1; k < MostRepetitions && !outcome.IsBroken && !left.IsSet; k++)
        {
            var tensors = call.Build();
            var end = backend.Run(call.Problem, tensors);
            outcome =
                end.Status == RunStatus.Completed
                    ? Same(alone, new Answer(call.Problem, tensors))
                    : LawOutcome.Broken($"{end.Status} beside another call: {end.Message}");
            if (k == Repetitions)
            {
                left.Signal();
            }
        }

        return outcome;
    }

    private static LawOutcome InPlace(LawBench bench)
    {
        if (!bench.Backend.Description.InPlace)
        {
            return LawOutcome.Skip("not described as in place");
        }

        var tensors = bench.Call.Build();
        var (input, output) = bench.Problem.Pass.IsBackward()
            ? (TensorRole.Dy, TensorRole.Dx)
            : (TensorRole.X, TensorRole.Y);
        if (!tensors.Require(input).Strides.SequenceEqual(tensors.Require(output).Strides))
        {
            return LawOutcome.Skip("input and output lie otherwise in memory");
        }

        tensors[output] = tensors[input];
        return Equal(bench, tensors);
    }
}
