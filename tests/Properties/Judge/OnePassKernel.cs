using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Properties.Judge;

/// <summary>The most frequent fault of all, E[x²] − μ² in the accumulator type, clamped at 0.</summary>
internal sealed class OnePassKernel : INormBackend
{
    public BackendDescription Description { get; } = new() { Name = "one pass", Version = "1" };

    public string? Refuses(NormProblem problem) => null;

    public void Dispose() { }

    RunOutcome INormBackend.Run(NormProblem problem, TensorSet tensors)
    {
        Run(problem, tensors);
        return RunOutcome.Completed;
    }

    public static void Run(NormProblem problem, TensorSet tensors)
    {
        var partition = Partitions.Of(problem);
        var x = tensors.Require(TensorRole.X).ToDoubles();
        var gamma = tensors[TensorRole.Gamma]?.ToDoubles();
        var beta = tensors[TensorRole.Beta]?.ToDoubles();
        var dy = tensors[TensorRole.Dy]?.ToDoubles();
        var result = new double[x.Length];
        double Round(double value) => problem.DType == DType.F64 ? value : (float)value;
        foreach (var group in partition.Groups)
        {
            double sum = 0;
            double squares = 0;
            foreach (var i in group)
            {
                sum = Round(sum + x[i]);
                squares = Round(squares + Round(x[i] * x[i]));
            }

            var mean = Round(sum / group.Length);
            var variance = Math.Max(Round(Round(squares / group.Length) - Round(mean * mean)), 0);
            var inverse = Round(1 / Math.Sqrt(variance + problem.Epsilon));
            double a = 0;
            double b = 0;
            foreach (var i in group)
            {
                var g = (gamma?[partition.Slot[i]] ?? 1) * (dy?[i] ?? 0);
                a += g / group.Length;
                b += g * (x[i] - mean) * inverse / group.Length;
            }

            foreach (var i in group)
            {
                var normalized = (x[i] - mean) * inverse;
                var scale = gamma?[partition.Slot[i]] ?? 1;
                result[i] = dy is null
                    ? (scale * normalized) + (beta?[partition.Slot[i]] ?? 0)
                    : inverse * ((scale * dy[i]) - a - (normalized * b));
            }
        }

        // The other outputs are what they should be, so that the variance alone is wrong.
        foreach (var (role, values) in NormCheck.Reference.Reference.Binary64(problem, tensors))
        {
            tensors.Require(role).CopyFrom(role is TensorRole.Y or TensorRole.Dx ? result : values);
        }
    }
}
