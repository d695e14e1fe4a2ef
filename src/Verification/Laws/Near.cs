namespace NormCheck.Verification.Laws;

/// <summary>
/// A number that a law knows to within an error: |truth − Value| ≤ Error. Outputs enter with their bound, inputs
/// exactly; every operation carries the errors on, products of errors kept, and adds the rounding of its own binary64
/// arithmetic. So what a law allows at its end is derived, not chosen.
/// </summary>
internal readonly record struct Near(double Value, double Error)
{
    private static readonly double s_roundoff = Math.ScaleB(1, -53);

    // Pays for the rounding of the errors themselves.
    private static readonly double s_slack = 1 + Math.ScaleB(1, -48);

    /// <summary>Nothing is known: whatever comes of it is claimed of nothing.</summary>
    public static Near Unknown { get; } = new(0, double.PositiveInfinity);

    public bool IsUnknown => double.IsPositiveInfinity(Error);

    /// <summary>An exact number; a NaN or an infinity among the inputs is no number to reckon with.</summary>
    public static implicit operator Near(double value) =>
        double.IsFinite(value) ? new(value, 0) : Unknown;

    /// <summary>
    /// An output. An infinite one is not held against a kernel: the interval of the truth may reach the numbers that
    /// round to it (docs/bounds.md B19).
    /// </summary>
    public static Near Output(double value, double bound) =>
        double.IsInfinity(value) || double.IsPositiveInfinity(bound) ? Unknown : new(value, bound);

    public static Near operator -(Near a) => a with { Value = -a.Value };

    public static Near operator +(Near a, Near b) => Of(a, b, a.Value + b.Value, a.Error + b.Error);

    public static Near operator -(Near a, Near b) => a + -b;

    public static Near operator *(Near a, Near b) =>
        Of(
            a,
            b,
            a.Value * b.Value,
            (Math.Abs(a.Value) * b.Error) + (Math.Abs(b.Value) * a.Error) + (a.Error * b.Error)
        );

    public static Near operator /(Near a, Near b)
    {
        // |a'/b' − a/b| ≤ (|a' − a| + |a/b|·|b' − b|)/|b'|, and |b'| is at least |b| − error.
        var least = Math.Abs(b.Value) - b.Error;
        var quotient = a.Value / b.Value;
        return least <= 0
            ? Unknown
            : Of(a, b, quotient, (a.Error + (Math.Abs(quotient) * b.Error)) / least);
    }

    /// <summary>The root of a truth that is not negative: |√t − √v| = |t − v|/(√t + √v), which is at most √|t − v| too.</summary>
    public static Near Sqrt(Near a)
    {
        var root = Math.Sqrt(Math.Max(a.Value, 0));
        var far = Math.Sqrt(a.Error);
        return Of(a, a, root, root > 0 ? Math.Min(far, a.Error / root) : far);
    }

    /// <summary>A clip moves two numbers no further apart, and its ends no more than they are off themselves.</summary>
    public static Near Clip(Near low, Near high, Near a) =>
        low.IsUnknown || high.IsUnknown
            ? Unknown
            : Of(
                a,
                a,
                Math.Min(Math.Max(a.Value, low.Value), high.Value),
                Math.Max(a.Error, Math.Max(low.Error, high.Error))
            );

    public static Near Sum(IEnumerable<Near> terms) =>
        terms.Aggregate((Near)0, (sum, term) => sum + term);

    private static Near Of(Near a, Near b, double value, double carried)
    {
        if (a.IsUnknown || b.IsUnknown || double.IsInfinity(value))
        {
            return Unknown;
        }

        // A NaN among the outputs stays one, with an error that nothing is within. The last term is for underflow.
        var own = s_roundoff * Math.Abs(value);
        return new(value, ((carried + own) * s_slack) + (4 * double.Epsilon));
    }
}
