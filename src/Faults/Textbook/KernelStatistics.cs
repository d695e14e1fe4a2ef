using System.Numerics;
using NormCheck.Contract;

namespace NormCheck.Faults.Textbook;

/// <summary>
/// The statistics of every group, from where the pass has them: the running ones in inference, saved ones in a backward
/// that has them, otherwise those of the data. A training forward also keeps what it finds.
/// </summary>
internal sealed class KernelStatistics<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Recipe<T> _recipe;
    private readonly NormProblem _problem;
    private readonly TensorSet _tensors;
    private readonly T _epsilon;
    private readonly T _momentum;
    private readonly bool _renorm;
    private readonly TensorRole _spreadRole;

    // Null where the pass does not have the tensor.
    private readonly T[]? _runningMean;
    private readonly T[]? _runningSpread;
    private readonly T[]? _savedMean;
    private readonly T[]? _savedInverseStd;

    public KernelStatistics(Recipe<T> recipe, NormProblem problem, TensorSet tensors)
    {
        _recipe = recipe;
        _problem = problem;
        _tensors = tensors;
        _epsilon = T.CreateTruncating(problem.Epsilon);
        _momentum = T.CreateTruncating(problem.Momentum);
        _renorm = problem.Op == NormOp.BatchRenorm;
        _spreadRole = _renorm ? TensorRole.RunningStd : TensorRole.RunningVar;
        var inference = problem.Pass.IsInference();
        var training = problem.Pass == NormPass.ForwardTraining;
        if (
            problem.Op.HasRunningStatistics()
            && (inference || _renorm || (problem.Running && training))
        )
        {
            _runningMean = TensorRows<T>.ReadAll(tensors.Require(TensorRole.RunningMean));
            _runningSpread = TensorRows<T>.ReadAll(tensors.Require(_spreadRole));
        }

        if (problem.Saved && !inference)
        {
            _savedMean =
                problem.Op == NormOp.RmsNorm ? null
                : training ? new T[problem.StatisticsShape.Count]
                : TensorRows<T>.ReadAll(tensors.Require(TensorRole.SavedMean));
            _savedInverseStd = training
                ? new T[problem.StatisticsShape.Count]
                : TensorRows<T>.ReadAll(tensors.Require(TensorRole.SavedInvStd));
        }
    }

    /// <summary>What a group is normalized with. A training forward calls it once for every group.</summary>
    public GroupStatistics<T> Of(int group, ReadOnlySpan<T> x)
    {
        if (_problem.Pass.IsInference())
        {
            return Frozen(group);
        }

        var training = _problem.Pass == NormPass.ForwardTraining;
        var statistics =
            training || _savedInverseStd is null
                ? OfData(x)
                : GroupStatistics<T>.Kept(
                    _savedMean is null ? T.Zero : _savedMean[group],
                    T.One / _savedInverseStd[group],
                    _savedInverseStd[group]
                );
        if (_renorm)
        {
            statistics = Corrected(group, statistics);
        }

        if (training)
        {
            Keep(group, statistics, x.Length);
        }

        return statistics;
    }

    /// <summary>Writes what a training forward keeps.</summary>
    public void Store()
    {
        if (_problem.Pass != NormPass.ForwardTraining)
        {
            return;
        }

        Store(_runningMean, TensorRole.RunningMean);
        Store(_runningSpread, _spreadRole);
        Store(_savedMean, TensorRole.SavedMean);
        Store(_savedInverseStd, TensorRole.SavedInvStd);
    }

    private GroupStatistics<T> OfData(ReadOnlySpan<T> x)
    {
        var moments =
            _problem.Op == NormOp.RmsNorm
                ? new Moments<T>(T.Zero, T.Zero, _recipe.MeanSquare(x))
                : _recipe.Measure(x);
        var std = _recipe.Std(moments.Variance, _epsilon);
        var inverseStd = _recipe.InverseStd(moments.Variance, _epsilon);
        return _recipe.Settle(new(moments, std, inverseStd), _problem.DType);
    }

    private GroupStatistics<T> Frozen(int channel) =>
        _recipe.Frozen(_runningMean![channel], _runningSpread![channel], _epsilon, _renorm);

    private GroupStatistics<T> Corrected(int channel, GroupStatistics<T> batch) =>
        _recipe.Renormalize(
            batch,
            _runningMean![channel],
            _runningSpread![channel],
            T.CreateTruncating(_problem.RMax),
            T.CreateTruncating(_problem.DMax)
        );

    private void Keep(int group, GroupStatistics<T> found, int count)
    {
        var (mean, inverseStd) = _recipe.Saved(found);
        _savedMean?[group] = mean;
        _savedInverseStd?[group] = inverseStd;
        if (_runningMean is null || _runningSpread is null)
        {
            return;
        }

        var corrected = _problem.Convention.StoredFactor == StoredFactor.BesselGuarded;
        var spread = _renorm ? found.Std : _recipe.StoredVariance(found.Variance, count, corrected);
        _runningMean[group] = _recipe.Blend(_runningMean[group], found.Mean, _momentum);
        _runningSpread[group] = _recipe.Blend(_runningSpread[group], spread, _momentum);
    }

    private void Store(T[]? values, TensorRole role)
    {
        if (values is not null)
        {
            TensorRows<T>.WriteAll(_tensors.Require(role), values);
        }
    }
}
