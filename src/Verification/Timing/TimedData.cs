using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Timing;

/// <summary>
/// Inputs for timing: fresh numbers that no memory system can compress, made fast enough for tensors of any size. x, dy and
/// β are nearly normal, γ lies between 0.5 and 1.5; the running mean is near 0 and the running variance near 1. A case with
/// another data class than normal, or with values, gets the data that <c>check</c> would give it.
/// </summary>
public static class TimedData
{
    private const int Piece = 1 << 16;

    public static TensorSet Build(Case @case)
    {
        if (@case.Data.Text != DataSpec.Normal.Text || @case.Values.Count > 0)
        {
            return CaseData.Build(@case);
        }

        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(@case.Problem))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            tensors[spec.Role] = tensor;
            if (spec.IsInput)
            {
                Fill(tensor, @case.Seed, spec.Role);
            }
        }

        if (@case.Problem.Pass == NormPass.BackwardTraining && @case.Problem.Saved)
        {
            SavedByForward.Fill(@case.Problem, tensors);
        }

        return tensors;
    }

    private static void Fill(Tensor tensor, ulong seed, TensorRole role)
    {
        // Strided tensors have no gaps: they are other layouts of the same elements.
        var count = Tensor.Extent(tensor.Shape, tensor.Strides);
        Parallel.For(
            0,
            (int)((count + Piece - 1) / Piece),
            piece =>
            {
                var random = SeededRandom.For(seed, (ulong)role, (ulong)piece);
                var first = (long)piece * Piece;
                var end = Math.Min(count, first + Piece);
                if (tensor.DType == DType.F32)
                {
                    var values = MemoryMarshal.Cast<byte, float>(tensor.Data.Span);
                    for (var i = (int)first; i < end; i++)
                    {
                        values[i] = (float)Draw(role, random);
                    }

                    return;
                }

                for (var i = first; i < end; i++)
                {
                    tensor.Write(i, Draw(role, random));
                }
            }
        );
    }

    private static double Draw(TensorRole role, SeededRandom random) =>
        role switch
        {
            TensorRole.Gamma or TensorRole.RunningVar or TensorRole.RunningStd => random.Uniform(
                0.5,
                1.5
            ),
            TensorRole.Beta or TensorRole.RunningMean => 0.25 * random.Normal(),
            _ => random.Normal(),
        };
}
