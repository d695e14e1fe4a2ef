using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Laws;

/// <summary>
/// A tensor as samples × lines × positions, the split that all ops have in common: lines are channels, or the other axes
/// before the normalized ones; positions are the spatial axes, or the normalized ones.
/// </summary>
internal readonly record struct Box(int Samples, int Lines, int Positions)
{
    public int Count => Samples * Lines * Positions;

    public int At(int sample, int line, int position) =>
        (((sample * Lines) + line) * Positions) + position;

    public (int Sample, int Line, int Position) Of(int flat) =>
        (flat / (Lines * Positions), flat / Positions % Lines, flat % Positions);
}

/// <summary>Shapes and index maps that laws have in common.</summary>
internal static class LawShapes
{
    public static readonly TensorRole[] Data =
    [
        TensorRole.X,
        TensorRole.Y,
        TensorRole.Dy,
        TensorRole.Dx,
    ];

    public static readonly TensorRole[] Saved = [TensorRole.SavedMean, TensorRole.SavedInvStd];

    public static readonly TensorRole[] Running =
    [
        TensorRole.RunningMean,
        TensorRole.RunningVar,
        TensorRole.RunningStd,
    ];

    /// <summary>Outputs that have an entry for every element or every group, none for a sum over samples.</summary>
    public static readonly TensorRole[] PerElement = [TensorRole.Y, TensorRole.Dx, .. Saved];

    /// <summary>The ops in which no sample knows of another.</summary>
    public static readonly NormOp[] PerSample =
    [
        NormOp.LayerNorm,
        NormOp.InstanceNorm,
        NormOp.GroupNorm,
        NormOp.RmsNorm,
    ];

    /// <summary>The passes that every op has.</summary>
    public static readonly NormPass[] Plain = [NormPass.ForwardTraining, NormPass.BackwardTraining];

    public static LawOutcome Single(string what) => LawOutcome.Skip($"one {what} only");

    /// <summary>The call with dy in the layout of x.</summary>
    public static Call OneLayout(Call call) =>
        call.For(call.Problem with { GradientLayout = null });

    public static bool IsParameter(TensorRole role) =>
        role is TensorRole.Gamma or TensorRole.Beta or TensorRole.DGamma or TensorRole.DBeta;

    public static Box BoxOf(NormProblem problem)
    {
        var count = (int)problem.Shape.Count;
        if (problem.Op.HasChannels())
        {
            var (samples, channels) = (problem.Shape[0], problem.Shape[1]);
            return new(samples, channels, count / (samples * channels));
        }

        var rows = (int)problem.StatisticsShape.Count;
        var first = problem.Axis > 0 ? problem.Shape[0] : 1;
        return new(first, rows / first, count / rows);
    }

    /// <summary>True where samples share no statistics, so that each can be had alone.</summary>
    public static bool HasIndependentSamples(NormProblem problem) =>
        problem.Op.HasChannels()
            ? problem.Pass.IsInference() || !problem.Op.HasRunningStatistics()
            : problem.Axis > 0;

    /// <summary>
    /// True where the elements of a group lie together in memory. Elsewhere kernels work on several groups side by side,
    /// and the last few may rightly take other instructions than the rest.
    /// </summary>
    public static bool HasRows(NormProblem problem) =>
        !problem.Op.HasChannels()
        || (problem.Layout == Layout.ChannelsFirst && BoxOf(problem).Positions > 1);

    public static NormProblem WithExtent(NormProblem problem, int axis, int extent)
    {
        var extents = problem.Shape.Extents.ToArray();
        extents[axis] = extent;
        return (problem with { Shape = new Shape(extents) }).Validated();
    }

    /// <summary>For every element, its group.</summary>
    public static int[] GroupOfElement(Partition partition)
    {
        var of = new int[partition.Slot.Length];
        for (var group = 0; group < partition.Groups.Length; group++)
        {
            foreach (var element in partition.Groups[group])
            {
                of[element] = group;
            }
        }

        return of;
    }

    /// <summary>For every element in N×C×spatial order its number in memory.</summary>
    public static int[] Numbers(NormProblem problem)
    {
        var order = problem.AxisOrder;
        var memory = problem.MemoryShape.ContiguousStrides();
        var numbers = new int[problem.Shape.Count];
        for (var flat = 0; flat < numbers.Length; flat++)
        {
            var index = problem.Shape.IndexOf(flat);
            for (var k = 0; k < order.Length; k++)
            {
                numbers[flat] += (int)(index[order[k]] * memory[k]);
            }
        }

        return numbers;
    }

    /// <summary>
    /// What a population variance is multiplied with before it is stored, where ε is inside the root of every phase and
    /// the saved statistic is 1/σ; null under conventions that do otherwise.
    /// </summary>
    public static double? StoredFactor(NormProblem problem)
    {
        var (convention, m) = (problem.Convention, (double)problem.GroupSize);
        if (!HasInverseStd(convention) || convention.StoredIncludesEpsilon)
        {
            return null;
        }

        return convention.StoredFactor switch
        {
            Contract.StoredFactor.Population => 1,
            Contract.StoredFactor.BesselGuarded => m / Math.Max(m - 1, 1),
            Contract.StoredFactor.Bessel when m > 1 => m / (m - 1),
            _ => null,
        };
    }

    /// <summary>True where 1/√(v + ε) is saved, with the ε of the forward and the variance with divisor m.</summary>
    public static bool HasInverseStd(Convention convention) =>
        convention.Saved == SavedStatistic.InverseStd
        && convention.NormalizingDivisor == Divisor.Population
        && convention.ForwardEpsilon.Placement == EpsilonPlacement.InsideRoot
        && convention.InferenceEpsilon.Placement == EpsilonPlacement.InsideRoot;

    /// <summary>Numbers as a tensor of that type holds them.</summary>
    public static double[] Stored(DType dtype, double[] values)
    {
        var tensor = new Tensor(dtype, new Shape(values.Length));
        tensor.CopyFrom(values);
        return tensor.ToDoubles();
    }

    /// <summary>A random order of 0 … count − 1.</summary>
    public static int[] Shuffle(int count, Cases.SeededRandom random)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var k = count - 1; k > 0; k--)
        {
            var other = random.Below(k + 1);
            (order[k], order[other]) = (order[other], order[k]);
        }

        return order;
    }
}
