using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Rows;
using NormCheck.Optimized.Scalar.Statistics;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Passes;

/// <summary>
/// With g = γ·dy and s = 1/√(v + ε): dx = s·(g − mean g − x̂·mean(g·x̂)), dγ = Σ dy·x̂, dβ = Σ dy. RMS norm has no mean
/// term. Renorm takes r·s for s in dx and x̂·r + d for x̂ in dγ. In inference the statistics are constants: dx = s·g.
/// </summary>
internal static class BackwardPass<TStored, T, TStorage>
    where TStored : unmanaged
    where T : unmanaged, IFloatingPointIeee754<T>
    where TStorage : IStorage<TStored, T>
{
    public static void Run(NormProblem problem, TensorSet tensors)
    {
        var layout = GroupLayout.For(problem);
        var source = new GroupTensor<TStored, T, TStorage>(layout, tensors.Require(TensorRole.X));
        var upstream = new GroupTensor<TStored, T, TStorage>(
            layout,
            tensors.Require(TensorRole.Dy)
        );
        var target = new GroupTensor<TStored, T, TStorage>(layout, tensors.Require(TensorRole.Dx));
        var normalizer = new Normalizer<T>(problem, layout, tensors);
        var hasScale = problem.Affine.HasFlag(AffineParts.Scale);
        var gammas = new SlotParameters<T>(
            layout,
            hasScale ? tensors.Require(TensorRole.Gamma) : null,
            T.One
        );
        var dGamma = hasScale
            ? new SlotGradient<T>(layout, tensors.Require(TensorRole.DGamma))
            : null;
        var dBeta = problem.Affine.HasFlag(AffineParts.Shift)
            ? new SlotGradient<T>(layout, tensors.Require(TensorRole.DBeta))
            : null;
        using var x = new RentedRow<T>(layout.GroupSize);
        using var dy = new RentedRow<T>(layout.GroupSize);
        using var normalized = new RentedRow<T>(layout.GroupSize);
        using var gamma = new RentedRow<T>(layout.GroupSize);
        for (var block = 0; block < layout.Blocks; block++)
        {
            gammas.Spread(block, gamma.Span);
            for (var sample = 0; sample < layout.Samples; sample++)
            {
                source.Read(block, sample, x.Span);
                upstream.Read(block, sample, dy.Span);
                var statistics = normalizer.Normalize(block, sample, x.Span, normalized.Span);
                var correction = normalizer.Correction(block, statistics);
                dBeta?.Add(dy.Span);
                dGamma?.AddProducts(dy.Span, Corrected(normalized.Span, correction, x.Span));
                ScalarRow<T>.Multiply(dy.Span, gamma.Span, dy.Span);
                DataGradient(problem, statistics.InverseStd, correction, dy.Span, normalized.Span);
                target.Write(block, sample, dy.Span);
            }

            dGamma?.Close(block);
            dBeta?.Close(block);
        }

        dGamma?.Store();
        dBeta?.Store();
    }

    /// <summary>What γ is multiplied with in the forward pass: x̂, or x̂·r + d (written to <paramref name="work"/>).</summary>
    private static ReadOnlySpan<T> Corrected(
        ReadOnlySpan<T> normalized,
        RenormFactors<T>? correction,
        Span<T> work
    )
    {
        if (correction is not var (r, d))
        {
            return normalized;
        }

        ScalarRow<T>.ScaleShift(normalized, r, d, work);
        return work;
    }

    /// <summary>Replaces g by dx.</summary>
    private static void DataGradient(
        NormProblem problem,
        T inverseStd,
        RenormFactors<T>? correction,
        Span<T> g,
        ReadOnlySpan<T> normalized
    )
    {
        if (problem.Pass.IsInference())
        {
            ScalarRow<T>.Scale(g, inverseStd, g);
            return;
        }

        var count = T.CreateChecked(g.Length);
        var mean = problem.Op == NormOp.RmsNorm ? T.Zero : ScalarRow<T>.Sum(g) / count;
        var correlation = ScalarRow<T>.SumOfProducts(g, normalized) / count;
        ScalarRow<T>.Project(
            g,
            normalized,
            mean,
            correlation,
            inverseStd * (correction?.R ?? T.One),
            g
        );
    }
}
