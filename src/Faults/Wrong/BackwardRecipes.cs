using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>g = dy where it is γ·dy.</summary>
internal sealed class GradientWithoutGamma<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Incoming(T dy, T gamma) => dy;
}

/// <summary>
/// dx[i,j] = (g[i,j] − x̂[i,j]·B[j])/σ: the B of a row spread along the columns. A first run gathers B, a second uses it.
/// </summary>
internal sealed class SpreadAlongColumns<T> : Recipe<T>, IRecipe
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<T> _correlations = [];
    private bool _gathers;

    void IRecipe.Compute(NormProblem problem, GroupMap map, TensorSet tensors)
    {
        _correlations.Clear();
        _gathers = true;

        // The first run must leave dy alone where dx is to take its place.
        var dx = tensors.Require(TensorRole.Dx);
        Compute(
            problem,
            map,
            tensors.With(TensorRole.Dx, new Tensor(dx.DType, dx.Shape, [.. dx.Strides]))
        );
        _gathers = false;
        Compute(problem, map, tensors);
    }

    public override GradientMeans<T> Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        bool centred
    )
    {
        var means = base.Project(g, normalized, centred);
        if (_gathers)
        {
            _correlations.Add(means.Correlation);
        }

        return means;
    }

    public override T GradientAt(
        int k,
        int count,
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) =>
        Gradient(
            g,
            x,
            normalized,
            statistics,
            means with
            {
                Correlation = _correlations[k % _correlations.Count],
            }
        );
}

/// <summary>Saves v, not 1/√(v + ε).</summary>
internal sealed class SavedVariance<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override (T Mean, T InverseStd) Saved(in GroupStatistics<T> statistics) =>
        (statistics.Mean, statistics.Variance);
}

/// <summary>x̂ = (y − β)/γ from a y = γ·x̂ of the data's type (β cancels).</summary>
internal sealed class RecalledFromOutput<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Recall(T x, in GroupStatistics<T> statistics, T gamma) =>
        Stored(gamma * Normalize(x, statistics)) / gamma;
}

/// <summary>dγ = ε + Σ dy·x̂: the accumulator begins at a number left in its place.</summary>
internal sealed class AffineScaleGradient<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected) =>
        Epsilon + base.ScaleGradient(dy, corrected);
}

/// <summary>A = Σg/m and B = Σg·x̂/m over the first 768 samples only, and dγ and dβ alike, where there is one position.</summary>
internal sealed class FirstSamplesOnly<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Threads = 768;

    public override GradientMeans<T> Project(
        ReadOnlySpan<T> g,
        ReadOnlySpan<T> normalized,
        bool centred
    )
    {
        var reached = Reached(g.Length);
        return new(
            Sum(g[..reached]) / Count(g),
            SumOfProducts(g[..reached], normalized[..reached]) / Count(g)
        );
    }

    public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected) =>
        base.ScaleGradient(dy[..Reached(dy.Length)], corrected[..Reached(dy.Length)]);

    public override T ShiftGradient(ReadOnlySpan<T> dy) =>
        base.ShiftGradient(dy[..Reached(dy.Length)]);

    private int Reached(int count) => Problem.Shape[0] == count ? Math.Min(count, Threads) : count;
}

/// <summary>dγ of large images in steps of four pixels; what is left of the last image is not summed.</summary>
internal sealed class WholeStepsOnly<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Large = 512;

    public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
    {
        var pixels = dy.Length / Problem.Shape[0];
        var reached = pixels > Large ? dy.Length - (pixels % 4) : dy.Length;
        return base.ScaleGradient(dy[..reached], corrected[..reached]);
    }
}

/// <summary>dx = t + t over σ with t = −x̂·B: dz was overwritten by the first term before it was added.</summary>
internal sealed class OverwrittenGradient<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    ) => -(normalized * means.Correlation * (T.One + T.One)) * statistics.InverseStd;
}

/// <summary>dγ ← dγ + Σ dy·x̂ and dβ ← dβ + Σ dy, where both are to be overwritten.</summary>
internal sealed class Accumulating(IRecipe inner) : IRecipe
{
    private static readonly TensorRole[] s_roles = [TensorRole.DGamma, TensorRole.DBeta];

    public void Compute(NormProblem problem, GroupMap map, TensorSet tensors)
    {
        var held = s_roles.Select(role => tensors[role]?.ToDoubles()).ToArray();
        inner.Compute(problem, map, tensors);
        foreach (var (role, before) in s_roles.Zip(held))
        {
            tensors.Overwrite(
                role,
                values => [.. values.Zip(before!, (value, old) => value + old)]
            );
        }
    }
}

/// <summary>One recipe where dx lies in the memory of dy, another one elsewhere.</summary>
internal sealed class InPlaceBranch(IRecipe then, IRecipe otherwise) : IRecipe
{
    public void Compute(NormProblem problem, GroupMap map, TensorSet tensors)
    {
        var inPlace = tensors[TensorRole.Dy]!.Data.Span.Overlaps(tensors[TensorRole.Dx]!.Data.Span);
        (inPlace ? then : otherwise).Compute(problem, map, tensors);
    }
}

/// <summary>d(x̂²) as 2·x̂²/x̂, the derivative of a power by its logarithm: 0/0 at x = μ.</summary>
internal sealed class PowerDerivative<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    )
    {
        var deviation = Deviation(x, statistics);
        var slope = deviation * deviation / deviation * statistics.InverseStd;
        return base.Gradient(g, x, slope, statistics, means);
    }
}

/// <summary>dx = (g − A)/σ − x̂·B/√v.</summary>
internal sealed class RootDerivativeWithoutEpsilon<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Gradient(
        T g,
        T x,
        T normalized,
        in GroupStatistics<T> statistics,
        in GradientMeans<T> means
    )
    {
        // Saved statistics have no v of their own.
        var variance = T.Max((statistics.Std * statistics.Std) - Epsilon, T.Zero);
        return ((g - means.Gradient) * statistics.InverseStd)
            - (normalized * means.Correlation / T.Sqrt(variance));
    }
}

/// <summary>
/// dγ from partial sums of blocks of rows, in scratch memory for a multiple of four blocks that nobody clears: blocks
/// without rows count with what an earlier call left.
/// </summary>
internal sealed class StalePartials<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Rows = 4;
    private readonly List<T> _scratch = [];

    public override T ScaleGradient(ReadOnlySpan<T> dy, ReadOnlySpan<T> corrected)
    {
        var blocks = (dy.Length + Rows - 1) / Rows;
        var launched = (blocks + 3) / 4 * 4;
        while (_scratch.Count < launched)
        {
            _scratch.Add(T.Zero);
        }

        var sum = T.Zero;
        for (var block = 0; block < launched; block++)
        {
            if (block < blocks)
            {
                var first = block * Rows;
                var count = Math.Min(Rows, dy.Length - first);
                _scratch[block] = SumOfProducts(
                    dy.Slice(first, count),
                    corrected.Slice(first, count)
                );
            }

            sum += _scratch[block];
        }

        return sum;
    }
}
