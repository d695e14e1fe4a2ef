using System.Numerics;
using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>
/// Mean and spread of every channel, kept from step to step. The spread is the variance for batch norm and the standard
/// deviation √(v + ε) for renorm.
/// </summary>
internal sealed class RunningStatistics<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly NormProblem _problem;
    private readonly Tensor _meanTensor;
    private readonly Tensor _spreadTensor;
    private readonly T[] _mean;
    private readonly T[] _spread;
    private readonly T[] _nextMean;
    private readonly T[] _nextSpread;

    public RunningStatistics(NormProblem problem, TensorSet tensors)
    {
        _problem = problem;
        _meanTensor = tensors.Require(TensorRole.RunningMean);
        _spreadTensor = tensors.Require(IsRenorm ? TensorRole.RunningStd : TensorRole.RunningVar);
        _mean = ParameterTensor.Read<T>(_meanTensor);
        _spread = ParameterTensor.Read<T>(_spreadTensor);
        _nextMean = [.. _mean];
        _nextSpread = [.. _spread];
    }

    private bool IsRenorm => _problem.Op == NormOp.BatchRenorm;

    /// <summary>What inference normalizes a channel with. ε is already inside a standard deviation.</summary>
    public GroupStatistics<T> Frozen(int channel)
    {
        var spread = double.CreateChecked(_spread[channel]);
        return new(
            _mean[channel],
            IsRenorm
                ? T.CreateChecked(1 / spread)
                : Denominator.InverseStd<T>(spread, _problem.Epsilon)
        );
    }

    /// <summary>r and d of a channel, from the values of before this step.</summary>
    public RenormFactors<T> Factors(int channel, GroupStatistics<T> batch) =>
        RenormFactors<T>.Of(
            _problem,
            batch,
            double.CreateChecked(_mean[channel]),
            double.CreateChecked(_spread[channel])
        );

    /// <summary>run ← (1 − momentum)·run + momentum·new. The other members keep to the values of before.</summary>
    public void Update(int channel, T mean, double variance, int count)
    {
        var spread = IsRenorm
            ? Denominator.Std(variance, _problem.Epsilon)
            : Stored(variance, count);
        _nextMean[channel] = Blend(_mean[channel], double.CreateChecked(mean));
        _nextSpread[channel] = Blend(_spread[channel], spread);
    }

    public void Store()
    {
        ParameterTensor.Write<T>(_meanTensor, _nextMean);
        ParameterTensor.Write<T>(_spreadTensor, _nextSpread);
    }

    /// <summary>S/max(m − 1, 1), or S/m where the convention stores the population variance.</summary>
    private double Stored(double variance, int count) =>
        _problem.Convention.StoredFactor == StoredFactor.Population
            ? variance
            : variance * count / Math.Max(count - 1, 1);

    private T Blend(T running, double latest)
    {
        var kept = (1 - _problem.Momentum) * double.CreateChecked(running);
        return T.CreateChecked(kept + (_problem.Momentum * latest));
    }
}
