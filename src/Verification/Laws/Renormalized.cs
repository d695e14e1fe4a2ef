using NormCheck.Contract;

namespace NormCheck.Verification.Laws;

/// <summary>Calls related to one of batch renorm, and its r and d.</summary>
internal static class Renormalized
{
    /// <summary>The same numbers in batch norm.</summary>
    public static Call AsBatchNorm(this Call call) =>
        call.For(
            call.Problem with
            {
                Op = NormOp.BatchNorm,
                Running = false,
                RMax = double.PositiveInfinity,
                DMax = double.PositiveInfinity,
            }
        );

    public static Call Clipped(this Call call, double rMax, double dMax) =>
        call.For(call.Problem with { RMax = rMax, DMax = dMax });

    /// <summary>Conventions may treat σ = 0 in batch norm alone in a way of their own.</summary>
    public static bool HasPaperRenorm(this NormProblem problem) =>
        problem.Convention.Renorm == RenormRule.Paper && problem.IsPlain();

    /// <summary>clip(σ/std, 1/rmax, rmax) of every channel, from the saved 1/σ of a forward.</summary>
    public static Near[] Ratios(this Reading forward)
    {
        var std = forward.Call[TensorRole.RunningStd];
        var most = forward.Call.Problem.RMax;
        return
        [
            .. forward
                .Near(TensorRole.SavedInvStd)
                .Select((s, j) => Clip(1 / most, most, 1 / (s * std[j]))),
        ];
    }

    public static Near Clip(double low, double high, Near value) =>
        double.IsPositiveInfinity(high) ? value : Near.Clip(Rounded(low), Rounded(high), value);

    /// <summary>1/rmax was rounded once.</summary>
    private static Near Rounded(double bound) => (Near)1 * bound;
}
