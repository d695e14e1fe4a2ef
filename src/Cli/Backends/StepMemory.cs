using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Cli.Backends;

/// <summary>
/// The training steps of a system that counts them. A call goes on with the history where its running statistics are,
/// bit for bit, what the last call gave; otherwise its running statistics are the initial ones of a new history.
/// </summary>
internal sealed class StepMemory
{
    private readonly List<double[][]> _steps = [];
    private double[] _initialMean = [];
    private double[] _initialSpread = [];
    private double[] _lastMean = [];
    private double[] _lastSpread = [];

    /// <summary>Writes what is kept after this step (and, for renorm, y, which depends on the steps before).</summary>
    public void Step(NormProblem problem, TensorSet inputs, TensorSet outputs)
    {
        var spreadRole =
            problem.Op == NormOp.BatchRenorm ? TensorRole.RunningStd : TensorRole.RunningVar;
        var mean = inputs.Require(TensorRole.RunningMean).ToDoubles();
        var spread = inputs.Require(spreadRole).ToDoubles();
        if (!mean.SequenceEqual(_lastMean) || !spread.SequenceEqual(_lastSpread))
        {
            _steps.Clear();
            (_initialMean, _initialSpread) = (mean, spread);
        }

        var x = inputs.Require(TensorRole.X).ToDoubles();
        var groups = Partitions.Of(problem).Groups;
        _steps.Add([.. groups.Select(group => group.Select(i => x[i]).ToArray())]);
        for (var channel = 0; channel < groups.Length; channel++)
        {
            double[][] batches = [.. _steps.Select(step => step[channel])];
            if (problem.Op == NormOp.BatchRenorm)
            {
                Renormalize(problem, channel, groups[channel], batches, inputs, outputs);
            }
            else
            {
                var step = History.BatchNorm(
                    problem.Convention,
                    problem.Epsilon,
                    problem.Momentum,
                    _initialMean[channel],
                    _initialSpread[channel],
                    batches
                )[^1];
                outputs.Require(TensorRole.RunningMean).Write(channel, step.Mean);
                outputs.Require(TensorRole.RunningVar).Write(channel, step.Variance);
            }
        }

        _lastMean = outputs.Require(TensorRole.RunningMean).ToDoubles();
        _lastSpread = outputs.Require(spreadRole).ToDoubles();
    }

    /// <summary>The history keeps a variance v; a problem's running_std is √(v + ε), by which inference divides.</summary>
    private void Renormalize(
        NormProblem problem,
        int channel,
        int[] group,
        double[][] batches,
        TensorSet inputs,
        TensorSet outputs
    )
    {
        var std = _initialSpread[channel];
        var step = History.BatchRenorm(
            problem.Convention,
            problem.Epsilon,
            problem.Momentum,
            problem.Momentum,
            _initialMean[channel],
            (std * std) - problem.Epsilon,
            batches
        )[^1];
        var gamma = inputs[TensorRole.Gamma]?.Read(channel) ?? 1;
        var beta = inputs[TensorRole.Beta]?.Read(channel) ?? 0;
        var y = outputs.Require(TensorRole.Y).ToDoubles();
        for (var k = 0; k < group.Length; k++)
        {
            y[group[k]] = (gamma * step.Y[k]) + beta;
        }

        outputs.Require(TensorRole.Y).CopyFrom(y);
        outputs.Require(TensorRole.RunningMean).Write(channel, step.Mean);
        outputs
            .Require(TensorRole.RunningStd)
            .Write(channel, Math.Sqrt(step.Variance + problem.Epsilon));
    }
}
