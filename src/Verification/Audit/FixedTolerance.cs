using System.Globalization;

namespace NormCheck.Verification.Audit;

/// <summary>
/// A comparison with a tolerance that somebody picked, as other suites have it: the same for every element, whatever the
/// data. Nothing here gives a verdict of this suite.
/// </summary>
public abstract record FixedTolerance
{
    /// <summary>The rule with its numbers, for people.</summary>
    public abstract string Text { get; }

    /// <summary>True where a suite with this tolerance takes the actual values for the expected ones.</summary>
    public abstract bool Accepts(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected);

    protected static string Number(double value) =>
        value.ToString("0.###e0", CultureInfo.InvariantCulture);
}

/// <summary>
/// |a − e| ≤ atol + rtol·|e| for every element. Equal infinities are equal; a NaN equals nothing. Source:
/// torch.allclose, numpy.allclose, both with equal_nan off.
/// </summary>
public sealed record AllClose(double Rtol, double Atol) : FixedTolerance
{
    /// <summary>
    /// Written the other way round, as "fail where |a − e| > limit", and blind where e is not finite: then a NaN passes.
    /// Source: llm.c, check_tensor of dev/cuda/common.h.
    /// </summary>
    public bool Negated { get; init; }

    public override string Text =>
        $"|a-e| <= {Number(Atol)} + {Number(Rtol)}|e|{(Negated ? ", a NaN passes" : "")}";

    public override bool Accepts(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var (a, e) = (actual[i], expected[i]);
            var limit = Atol + (Rtol * Math.Abs(e));
            var close = Negated
                ? !double.IsFinite(e) || !(Math.Abs(a - e) > limit)
                : a == e || (double.IsFinite(a) && double.IsFinite(e) && Math.Abs(a - e) <= limit);
            if (!close)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>
/// ‖a − e‖₂ / (√n·max(‖a‖∞, ‖e‖∞)) ≤ limit: one number for the tensor, and never above 2 for finite values. Source:
/// MIOpen, rms_range of test/verify.hpp.
/// </summary>
public sealed record RmsRange(double Limit) : FixedTolerance
{
    /// <summary>No pair of finite arrays is further apart than this.</summary>
    public const double Most = 2;

    public override string Text =>
        $"rms_range <= {Number(Limit)}{(Limit >= Most ? ", which holds for any finite values" : "")}";

    public override bool Accepts(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        var (squares, largest) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = actual[i] - expected[i];
            squares += difference * difference;
            largest = Math.Max(largest, Math.Max(Math.Abs(actual[i]), Math.Abs(expected[i])));
        }

        return squares == 0 || Math.Sqrt(squares / expected.Length) / largest <= Limit;
    }
}

/// <summary>
/// |a − e|/|e| ≤ limit where |e| is above 1e-5, |a − e| ≤ limit elsewhere. Source: oneDNN's benchdnn, bnorm.
/// </summary>
/// <param name="Limit">Of the relative and of the absolute difference.</param>
/// <param name="Shift">
/// β at every element, where y is compared: where it cancels most of the rest, |a − e|/|e − β| ≤ limit is enough.
/// </param>
public sealed record RelativeElseAbsolute(double Limit, IReadOnlyList<double>? Shift = null)
    : FixedTolerance
{
    private const double Floor = 1e-5;

    public override string Text =>
        Limit == 0 ? "exact" : $"|a-e|/|e| <= {Number(Limit)}, absolute below {Number(Floor)}";

    public override bool Accepts(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var magnitude = Math.Abs(expected[i]);
            var difference = Math.Abs(actual[i] - expected[i]);
            var rest = Shift is null ? 0 : Math.Abs(expected[i] - Shift[i]);
            if (
                !((magnitude > Floor ? difference / magnitude : difference) <= Limit)
                && !(rest > magnitude && difference / rest <= Limit)
            )
            {
                return false;
            }
        }

        return true;
    }
}
