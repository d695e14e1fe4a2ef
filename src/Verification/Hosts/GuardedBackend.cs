using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Runs a backend of this process between canaries: every tensor lies inside a larger array whose margins, like the
/// inputs, must be the same afterwards. Margins hold poison, so that reading them spoils the result. So do the gaps of
/// strided outputs, and outputs themselves, but for those that already hold something. A tensor keeps its position
/// relative to lines of <see cref="Line"/> bytes. An exception is an outcome, not the end of the run.
/// </summary>
public sealed class GuardedBackend(INormBackend backend) : INormBackend
{
    /// <summary>Bytes on each side: four of the widest vectors.</summary>
    private const int Margin = 256;

    /// <summary>The widest alignment that a kernel may look at.</summary>
    private const int Line = 64;

    /// <summary>Problems over which <see cref="Refuses"/> threw, with the outcome that makes of their run.</summary>
    private readonly Dictionary<string, RunOutcome> _thrown = [];

    /// <summary>The backend itself, for those who measure it.</summary>
    public INormBackend Inner => backend;

    public BackendDescription Description => backend.Description;

    /// <summary>
    /// A backend that throws over the question does not refuse: <see cref="Run"/> then reports that as the outcome.
    /// </summary>
    public string? Refuses(NormProblem problem)
    {
        try
        {
            return backend.Refuses(problem);
        }
        catch (Exception error)
        {
            _thrown[ProblemText.Print(problem)] = Thrown("asked whether it refuses: ", error);
            return null;
        }
    }

    public RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        if (_thrown.Count > 0 && _thrown.TryGetValue(ProblemText.Print(problem), out var thrown))
        {
            return thrown;
        }

        var plan = TensorPlan.For(problem);
        var shared = plan.ToDictionary(
            spec => spec.Role,
            spec => TensorBytes.SharedWith(spec.Role, tensors)
        );
        var guarded = new TensorSet();
        foreach (var spec in plan)
        {
            guarded[spec.Role] = shared[spec.Role] is { } input
                ? guarded.Require(input)
                : Enclose(tensors.Require(spec.Role), spec.IsInput);
        }

        // What the backend does to its set must not hide what it did to the memory.
        var given = new TensorSet();
        foreach (var role in guarded.Roles)
        {
            given[role] = guarded[role];
        }

        RunOutcome outcome;
        try
        {
            outcome = backend.Run(problem, given);
        }
        catch (Exception error)
        {
            // Whatever a kernel throws is what the kernel does wrong.
            outcome = Thrown("", error);
        }

        return Trespass(plan, guarded)
            ?? Modified(plan, shared, guarded, tensors)
            ?? Bring(problem, given, tensors, outcome);
    }

    public void Dispose() => backend.Dispose();

    private static RunOutcome Thrown(string when, Exception error)
    {
        // Loops over threads wrap what their bodies throw.
        var cause = error is AggregateException { InnerExceptions.Count: 1 } wrapped
            ? wrapped.InnerException!
            : error;
        return new(RunStatus.Failed, $"{when}{cause.GetType().Name}: {OneLine.Of(cause.Message)}");
    }

    private static Tensor Enclose(Tensor tensor, bool isInput)
    {
        var size = tensor.DType.Size();
        var start = Margin + (int)(tensor.Offset * size % Line);
        var content = TensorBytes.Content(tensor);
        var memory = GC.AllocateUninitializedArray<byte>(start + content.Length + Margin);
        Poison.Fill(memory, tensor.DType);
        var enclosed = new Tensor(
            tensor.DType,
            tensor.Shape,
            [.. tensor.Strides],
            memory,
            start / size
        );

        if (isInput)
        {
            content.CopyTo(memory.AsSpan(start));
        }
        else if (content.ContainsAnyExcept((byte)0))
        {
            // Not so for fresh memory: it is zero, which a kernel that adds to its output would take for granted.
            var row = new byte[checked(tensor.Count * size)];
            TensorBytes.Gather(tensor, row);
            TensorBytes.Scatter(row, enclosed);
        }

        return enclosed;
    }

    private static RunOutcome? Trespass(IReadOnlyList<TensorSpec> plan, TensorSet guarded)
    {
        foreach (var spec in plan)
        {
            var tensor = guarded.Require(spec.Role);
            var memory = tensor.Data.Span;
            var margin = (int)tensor.Offset * tensor.DType.Size();
            if (Poison.Damage(memory[..margin], tensor.DType) is { } ahead)
            {
                return Written(ahead, "before", margin - ahead.Last, "ahead of its start");
            }

            if (Poison.Damage(memory[^Margin..], tensor.DType) is { } past)
            {
                return Written(past, "behind", past.First + 1, "past its end");
            }

            if (TensorBytes.SharedWith(spec.Role, guarded) is null && Gap(spec, tensor) is { } gap)
            {
                return new(
                    RunStatus.OutOfBoundsWrite,
                    $"memory between the elements of {spec.Role.Name()} was written, first {gap} elements from its start"
                );
            }

            RunOutcome Written((int First, int Last) at, string side, int nearest, string where) =>
                new(
                    RunStatus.OutOfBoundsWrite,
                    Words.Trespass(at.Last - at.First + 1, side, spec.Role.Name(), nearest, where)
                );
        }

        return null;
    }

    /// <summary>Distance of the first place between the elements of a strided output that was written.</summary>
    private static long? Gap(TensorSpec spec, Tensor tensor)
    {
        var extent = Tensor.Extent(tensor.Shape, tensor.Strides);
        if (spec.Access != TensorAccess.Write || extent == tensor.Count)
        {
            return null;
        }

        var elements = tensor.Distances().ToHashSet();
        for (long at = 0; at < extent; at++)
        {
            if (!elements.Contains(at) && !Poison.IsPoison(tensor, at))
            {
                return at;
            }
        }

        return null;
    }

    private static RunOutcome? Modified(
        IReadOnlyList<TensorSpec> plan,
        Dictionary<TensorRole, TensorRole?> shared,
        TensorSet guarded,
        TensorSet tensors
    )
    {
        foreach (var spec in plan.Where(spec => spec.Access == TensorAccess.Read))
        {
            var now = TensorBytes.Content(guarded.Require(spec.Role));
            var then = TensorBytes.Content(tensors.Require(spec.Role));
            if (!shared.ContainsValue(spec.Role) && !now.SequenceEqual(then))
            {
                var at = now.CommonPrefixLength(then) / spec.DType.Size();
                return new(
                    RunStatus.InputModified,
                    $"input {spec.Role.Name()} was written, first at element {at} in memory"
                );
            }
        }

        return null;
    }

    /// <summary>Brings outputs back; one that the backend takes out of its set is one that it does not give.</summary>
    private static RunOutcome Bring(
        NormProblem problem,
        TensorSet given,
        TensorSet tensors,
        RunOutcome outcome
    )
    {
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            if (given[spec.Role] is not { } output)
            {
                tensors[spec.Role] = null;
                continue;
            }

            var fits = output.DType == spec.DType || output.DType == problem.DType;
            if (!fits || output.Shape != spec.Shape)
            {
                return new(
                    RunStatus.BadAnswer,
                    $"expected {spec.Role.Name()} as {spec.DType.Word()} {spec.Shape}, got {output.DType.Word()} {output.Shape}"
                );
            }

            // Statistics may come in the data's own type, as frameworks give them.
            var own = tensors.Require(spec.Role);
            if (output.DType != own.DType)
            {
                tensors[spec.Role] = output.Clone();
                continue;
            }

            var row = new byte[checked(output.Count * output.DType.Size())];
            TensorBytes.Gather(output, row);
            TensorBytes.Scatter(row, own);
        }

        return outcome;
    }
}
