using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>What the outputs of a forward say of x̂ and its size.</summary>
internal static class Normalized
{
    /// <summary>v/(v + ε) = 1 − ε/σ², never negative.</summary>
    public static Near Share(NormProblem problem, Near inverseStd) =>
        1 - (problem.RootEpsilon() * (inverseStd * inverseStd));

    /// <summary>(x − μ)/σ from the saved μ (RMS norm: 0) and 1/σ.</summary>
    public static Near[] FromSaved(Reading forward)
    {
        var x = forward.Call[TensorRole.X];
        var inverse = forward.Near(TensorRole.SavedInvStd);
        var mean =
            forward.Call.Problem.Op == NormOp.RmsNorm
                ? new Near[inverse.Length]
                : forward.Near(TensorRole.SavedMean);
        return [.. forward.GroupOfElement().Select((j, i) => (x[i] - mean[j]) * inverse[j])];
    }

    /// <summary>√Σ(z − z̄)² of a group (RMS norm: √Σz²).</summary>
    public static Near Distance(NormOp op, int[] members, Func<int, Near> z)
    {
        var mean = op == NormOp.RmsNorm ? 0 : Near.Sum(members.Select(z)) / members.Length;
        return Near.Sqrt(
            Near.Sum(
                members.Select(i =>
                {
                    var deviation = z(i) - mean;
                    return deviation * deviation;
                })
            )
        );
    }
}
