using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;
using NormCheck.Optimized.Scalar.Rows;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>
/// x̂ of every group, with statistics from where the pass has them: the running ones in inference, saved ones in a
/// backward that has them, otherwise those of the data. A training forward also keeps what it finds.
/// </summary>
internal sealed class Normalizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly NormProblem _problem;
    private readonly GroupLayout _layout;
    private readonly RunningStatistics<T>? _running;
    private readonly SavedStatistics<T>? _saved;

    public Normalizer(NormProblem problem, GroupLayout layout, TensorSet tensors)
    {
        _problem = problem;
        _layout = layout;
        var roles = TensorPlan.For(problem).Select(spec => spec.Role).ToHashSet();
        _running = roles.Contains(TensorRole.RunningMean) ? new(problem, tensors) : null;
        _saved = roles.Contains(TensorRole.SavedInvStd) ? new(problem, tensors) : null;
    }

    private bool KeepsStatistics => _problem.Pass == NormPass.ForwardTraining;

    /// <summary>Writes x̂ = (x − μ)·s of a group (before any renorm correction) and returns μ and s.</summary>
    public GroupStatistics<T> Normalize(
        int block,
        int sample,
        ReadOnlySpan<T> x,
        Span<T> normalized
    )
    {
        GroupStatistics<T> statistics;
        if (_problem.Pass.IsInference())
        {
            statistics = _running!.Frozen(block);
            ScalarRow<T>.Subtract(x, statistics.Mean, normalized);
        }
        else if (_saved is not null && !KeepsStatistics)
        {
            statistics = _saved[_layout.GroupIndex(block, sample)];
            ScalarRow<T>.Subtract(x, statistics.Mean, normalized);
        }
        else
        {
            statistics = OfData(block, sample, x, normalized);
        }

        ScalarRow<T>.Scale(normalized, statistics.InverseStd, normalized);
        return statistics;
    }

    /// <summary>r and d of a group in the training passes of renorm, otherwise nothing.</summary>
    public RenormFactors<T>? Correction(int block, GroupStatistics<T> batch) =>
        _problem.Op == NormOp.BatchRenorm && !_problem.Pass.IsInference()
            ? _running!.Factors(block, batch)
            : null;

    /// <summary>Writes the statistics that a training forward keeps.</summary>
    public void Store()
    {
        if (KeepsStatistics)
        {
            _running?.Store();
            _saved?.Store();
        }
    }

    private GroupStatistics<T> OfData(int block, int sample, ReadOnlySpan<T> x, Span<T> centred)
    {
        var mean = T.Zero;
        if (_problem.Op == NormOp.RmsNorm)
        {
            x.CopyTo(centred);
        }
        else
        {
            mean = Moments<T>.Centre(x, centred);
        }

        var variance = Moments<T>.MeanSquare(centred);
        var statistics = new GroupStatistics<T>(
            mean,
            Denominator.InverseStd<T>(variance, _problem.Epsilon)
        );
        if (KeepsStatistics)
        {
            _running?.Update(block, mean, variance, x.Length);
            _saved?[_layout.GroupIndex(block, sample)] = statistics;
        }

        return statistics;
    }
}
