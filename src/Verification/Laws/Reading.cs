using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Laws;

/// <summary>A call and its answer: outputs as they are, or with the bound of the contract around them.</summary>
internal sealed class Reading(LawBench bench, Call call, Answer answer)
{
    private Partition? _partition;

    public Call Call => call;

    public Answer Answer => answer;

    /// <summary>Which elements belong together.</summary>
    public Partition Partition => _partition ??= Partitions.Of(call.Problem);

    public int[][] Groups => Partition.Groups;

    public double[] this[TensorRole role] => answer[role];

    /// <summary>
    /// An output with its bounds; unknown where the system does not give it. In a coarser type than asked for it may have
    /// one rounding more (docs/bounds.md B17).
    /// </summary>
    public Near[] Near(TensorRole role)
    {
        var bounds = bench.Bounds(call, role, answer);
        return answer.Has(role)
            ? [.. answer[role].Zip(bounds, Laws.Near.Output)]
            : [.. bounds.Select(_ => Laws.Near.Unknown)];
    }

    /// <summary>The output was given in the data's own type where one of parameters was asked for.</summary>
    public bool IsCoarser(TensorRole role) => answer.OwnType(role) is not null;

    /// <summary>γ of every element: 1 where absent.</summary>
    public Near Gamma(int element) =>
        call.Has(TensorRole.Gamma) ? call[TensorRole.Gamma][Partition.Slot[element]] : 1;

    /// <summary>β of every element: 0 where absent.</summary>
    public Near Beta(int element) =>
        call.Has(TensorRole.Beta) ? call[TensorRole.Beta][Partition.Slot[element]] : 0;

    /// <summary>For every element, its group.</summary>
    public int[] GroupOfElement() => LawShapes.GroupOfElement(Partition);

    /// <summary>Σ term over every group.</summary>
    public Near[] PerGroup(Func<int, Near> term) =>
        [.. Groups.Select(group => Laws.Near.Sum(group.Select(term)))];

    /// <summary>Σ term over every slot.</summary>
    public Near[] PerSlot(Func<int, Near> term)
    {
        var sums = new Near[Partition.SlotCount];
        for (var i = 0; i < Partition.Slot.Length; i++)
        {
            sums[Partition.Slot[i]] += term(i);
        }

        return sums;
    }
}

internal static class Readings
{
    /// <summary>The case itself and its answer; false as <see cref="LawBench.Base"/>.</summary>
    public static bool Read(this LawBench bench, out Reading reading)
    {
        var answered = bench.Base(out var answer);
        reading = answered ? new(bench, bench.Call, answer) : null!;
        return answered;
    }

    /// <summary>Another call and its answer; false as <see cref="LawBench.Ask(Call, out Answer)"/>.</summary>
    public static bool Read(this LawBench bench, Call call, out Reading reading)
    {
        var answered = bench.Ask(call, out var answer);
        reading = answered ? new(bench, call, answer) : null!;
        return answered;
    }

    /// <summary>The forward that belongs to a call, without γ and β, with saved statistics: y = x̂ (renorm: x̂r + d).</summary>
    public static Call Bare(this Call call)
    {
        var problem = call.Problem;
        return call.For(
            problem with
            {
                Pass = problem.Pass.IsInference()
                    ? NormPass.ForwardInference
                    : NormPass.ForwardTraining,
                GradientLayout = null,
                Affine = AffineParts.None,
                Saved = true,
                Running = false,
            }
        );
    }

    /// <summary>The same call without γ and β.</summary>
    public static Call WithoutAffine(this Call call) =>
        call.For(call.Problem with { Affine = AffineParts.None });

    /// <summary>The outputs of a call in the order of the header.</summary>
    public static IEnumerable<TensorRole> Outputs(this Call call) =>
        TensorPlan.For(call.Problem).Where(spec => spec.IsOutput).Select(spec => spec.Role);
}
