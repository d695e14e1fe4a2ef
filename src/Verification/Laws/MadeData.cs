using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Laws;

/// <summary>Inputs that a law makes itself: numbers that every element type holds, and doubled tensors.</summary>
internal static class MadeData
{
    /// <summary>Eighths between −<paramref name="reach"/> and <paramref name="reach"/> eighths, never 0.</summary>
    public static double[] Eighths(SeededRandom random, int count, int reach = 40) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => (1 + random.Below(reach)) * (random.Chance(0.5) ? 0.125 : -0.125)),
        ];

    /// <summary>Whole numbers from −8 to 8.</summary>
    public static double[] Whole(SeededRandom random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Below(17) - 8.0)];

    /// <summary>A distance by which whole numbers can be shifted in the element type, as far as it goes in half of the cases.</summary>
    public static double Distance(DType dtype, SeededRandom random) =>
        random.Chance(0.5)
            ? random.Below(33) - 16
            : dtype switch
            {
                DType.F64 => 1 << 20,
                DType.F32 => 4096,
                DType.F16 => 1024,
                _ => 96,
            };

    /// <summary>In half of the cases an ε of about the variance of some group, otherwise that of the case.</summary>
    public static double MatteringEpsilon(Call call, SeededRandom random)
    {
        var group = random.Pick(Partitions.Of(call.Problem).Groups);
        var x = call[TensorRole.X];
        var gap = group.Max(i => x[i]) - group.Min(i => x[i]);
        var exponent = gap > 0 && double.IsFinite(gap) ? (2 * Math.ILogB(gap)) - 4 : 0;
        return random.Chance(0.5) && exponent != 0 && Math.Abs(exponent) < 100
            ? Math.ScaleB(1, exponent)
            : call.Problem.Epsilon;
    }

    /// <summary>x → x + c with the running mean; the numbers must stay exact.</summary>
    public static Call Shifted(this Call call, double distance) =>
        call.Map(TensorRole.X, value => value + distance)
            .Map(TensorRole.RunningMean, value => value + distance)
            .Resaved();

    /// <summary>Whole numbers for x and the running mean.</summary>
    public static Call OnGrid(this Call call, SeededRandom random) =>
        call.With(TensorRole.X, Whole(random, call[TensorRole.X].Length))
            .With(TensorRole.RunningMean, Whole(random, call[TensorRole.RunningMean].Length));

    /// <summary>The call with x and dy repeated along an axis of <see cref="NormProblem.Shape"/>.</summary>
    public static Call Doubled(this Call call, int axis)
    {
        var problem = call.Problem;
        int[] extents = [.. problem.Shape.Extents];
        extents[axis] *= 2;
        var larger = problem with { Shape = new Shape(extents) };
        var from = Repeated(problem, axis);
        (TensorRole, double[]) Twice(TensorRole role) =>
            (role, call.Has(role) ? [.. from.Select(i => call[role][i])] : []);

        return call.For(larger, Twice(TensorRole.X), Twice(TensorRole.Dy));
    }

    /// <summary>For every element of the doubled tensor, the element that it repeats.</summary>
    public static int[] Repeated(NormProblem problem, int axis)
    {
        var memory = problem.MemoryShape;
        var lies = Array.IndexOf(problem.AxisOrder, axis);
        var inner = 1;
        for (var later = lies + 1; later < memory.Rank; later++)
        {
            inner *= memory[later];
        }

        var block = inner * memory[lies];
        return
        [
            .. Enumerable
                .Range(0, 2 * (int)memory.Count)
                .Select(i => (i / (2 * block) * block) + (i % block)),
        ];
    }
}
