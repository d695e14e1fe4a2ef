using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Layouts;

namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>The statistics of every group that a training forward leaves for the backward. RMS norm has no mean.</summary>
internal sealed class SavedStatistics<T>
    where T : unmanaged
{
    private readonly Tensor? _meanTensor;
    private readonly Tensor _inverseStdTensor;
    private readonly T[]? _mean;
    private readonly T[] _inverseStd;

    public SavedStatistics(NormProblem problem, TensorSet tensors)
    {
        _inverseStdTensor = tensors.Require(TensorRole.SavedInvStd);
        _inverseStd = ParameterTensor.Read<T>(_inverseStdTensor);
        if (problem.Op != NormOp.RmsNorm)
        {
            _meanTensor = tensors.Require(TensorRole.SavedMean);
            _mean = ParameterTensor.Read<T>(_meanTensor);
        }
    }

    public GroupStatistics<T> this[int group]
    {
        get => new(_mean is null ? default : _mean[group], _inverseStd[group]);
        set
        {
            _inverseStd[group] = value.InverseStd;
            _mean?[group] = value.Mean;
        }
    }

    public void Store()
    {
        ParameterTensor.Write<T>(_inverseStdTensor, _inverseStd);
        if (_meanTensor is not null)
        {
            ParameterTensor.Write<T>(_meanTensor, _mean);
        }
    }
}
