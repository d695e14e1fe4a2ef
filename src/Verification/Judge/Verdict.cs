using NormCheck.Contract;

namespace NormCheck.Verification.Judge;

/// <summary>How an element fails.</summary>
public enum FailureKind
{
    /// <summary>Further from the truth than the bound.</summary>
    BeyondBound,

    /// <summary>NaN where a number is expected.</summary>
    NotANumber,

    /// <summary>±∞ where a finite number is expected, or the other infinity.</summary>
    Infinite,

    /// <summary>A number where NaN or ∞ is expected.</summary>
    Masked,

    /// <summary>Still holds the poison that was there before the call.</summary>
    Unwritten,
}

public static class FailureKinds
{
    public static string Word(this FailureKind kind) =>
        kind switch
        {
            FailureKind.BeyondBound => "beyond the bound",
            FailureKind.NotANumber => "NaN",
            FailureKind.Infinite => "infinite",
            FailureKind.Masked => "a number where NaN or infinity is expected",
            _ => "not written",
        };
}

/// <summary>The judgement on one output tensor.</summary>
/// <param name="Role">Which tensor.</param>
/// <param name="Count">Its number of elements.</param>
/// <param name="Failures">How many elements fail.</param>
/// <param name="Kind">How the worst one fails; meaningless without failures.</param>
/// <param name="Worst">Row-major number of the worst element.</param>
/// <param name="Actual">Its value.</param>
/// <param name="Truth">What it should be.</param>
/// <param name="Bound">The allowed distance.</param>
/// <param name="Ratio">Largest error/bound over the tensor; above 1 is a failure.</param>
/// <param name="Ulps">Error of the worst element in ulps of the output type at the truth.</param>
public sealed record TensorVerdict(
    TensorRole Role,
    long Count,
    long Failures,
    FailureKind Kind,
    int Worst,
    double Actual,
    double Truth,
    double Bound,
    double Ratio,
    double Ulps
)
{
    public bool Holds => Failures == 0;
}

/// <summary>The judgement on all outputs of one call.</summary>
public sealed record Verdict(ContractLevel Level, IReadOnlyList<TensorVerdict> Tensors)
{
    public bool Holds => Tensors.All(tensor => tensor.Holds);

    /// <summary>Largest error/bound of all.</summary>
    public double Ratio => Tensors.Select(tensor => tensor.Ratio).DefaultIfEmpty(0).Max();

    /// <summary>The first output that fails, in the order of the header.</summary>
    public TensorVerdict? Failure => Tensors.FirstOrDefault(tensor => !tensor.Holds);
}
