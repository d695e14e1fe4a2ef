using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Rows;
using NormCheck.Optimized.Scalar.Statistics;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Passes;

/// <summary>
/// y = γ·x̂ + β with x̂ = (x − μ)/√(v + ε), group by group; renorm: y = γ·(x̂·r + d) + β. In inference μ and v are the
/// running statistics.
/// </summary>
internal static class ForwardPass<TStored, T, TStorage>
    where TStored : unmanaged
    where T : unmanaged, IFloatingPointIeee754<T>
    where TStorage : IStorage<TStored, T>
{
    public static void Run(NormProblem problem, TensorSet tensors)
    {
        var layout = GroupLayout.For(problem);
        var source = new GroupTensor<TStored, T, TStorage>(layout, tensors.Require(TensorRole.X));
        var target = new GroupTensor<TStored, T, TStorage>(layout, tensors.Require(TensorRole.Y));
        var normalizer = new Normalizer<T>(problem, layout, tensors);
        var scale = problem.Affine.HasFlag(AffineParts.Scale)
            ? tensors.Require(TensorRole.Gamma)
            : null;
        var shift = problem.Affine.HasFlag(AffineParts.Shift)
            ? tensors.Require(TensorRole.Beta)
            : null;
        var gammas = new SlotParameters<T>(layout, scale, T.One);
        var betas = new SlotParameters<T>(layout, shift, T.Zero);
        using var x = new RentedRow<T>(layout.GroupSize);
        using var normalized = new RentedRow<T>(layout.GroupSize);
        using var gamma = new RentedRow<T>(layout.GroupSize);
        using var beta = new RentedRow<T>(layout.GroupSize);
        for (var block = 0; block < layout.Blocks; block++)
        {
            gammas.Spread(block, gamma.Span);
            betas.Spread(block, beta.Span);
            for (var sample = 0; sample < layout.Samples; sample++)
            {
                source.Read(block, sample, x.Span);
                var statistics = normalizer.Normalize(block, sample, x.Span, normalized.Span);
                if (normalizer.Correction(block, statistics) is var (r, d))
                {
                    ScalarRow<T>.ScaleShift(normalized.Span, r, d, normalized.Span);
                }

                ScalarRow<T>.MultiplyAdd(normalized.Span, gamma.Span, beta.Span, normalized.Span);
                target.Write(block, sample, normalized.Span);
            }
        }

        normalizer.Store();
    }
}
