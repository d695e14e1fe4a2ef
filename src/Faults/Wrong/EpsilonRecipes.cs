using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>σ = √v + ε.</summary>
internal class OutsideRoot<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Std(T variance, T epsilon) => T.Sqrt(variance) + epsilon;

    public override T InverseStd(T variance, T epsilon) => T.One / Std(variance, epsilon);
}

/// <summary>σ = √v + 10⁻⁹, whatever ε is.</summary>
internal sealed class FixedOutsideRoot<T> : OutsideRoot<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Std(T variance, T epsilon) => base.Std(variance, T.CreateTruncating(1e-9));
}

/// <summary>σ = √(S/(m + ε)): the parenthesis of S/m + ε closes too late.</summary>
internal sealed class AddedToCount<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override Moments<T> Measure(ReadOnlySpan<T> x)
    {
        var right = base.Measure(x);
        return right with { Variance = right.Variance * Count(x) / (Count(x) + Epsilon) };
    }

    public override T Std(T variance, T epsilon) => T.Sqrt(variance);

    public override T InverseStd(T variance, T epsilon) => T.One / T.Sqrt(variance);
}

/// <summary>σ = √(Σx²/m − μ²): no ε, and one pass.</summary>
internal sealed class OnePassWithoutEpsilon<T> : OnePass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override T Std(T variance, T epsilon) => base.Std(variance, T.Zero);

    public override T InverseStd(T variance, T epsilon) => base.InverseStd(variance, T.Zero);
}

/// <summary>Stores 1/(1/σ)² + ε = v + 2ε where v = 1/(1/σ)² − ε.</summary>
internal sealed class RecoveredWithWrongSign<T> : RecoveredVariance<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override T Recover(T square) => square + Epsilon;
}

/// <summary>Stores v as 1/(1/σ)² − ε, which rounding makes negative where v is small beside ε.</summary>
internal class RecoveredVariance<T> : AwareRecipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T _inverseStd;

    // The group that is settled is the one that is kept next.
    public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype)
    {
        _inverseStd = statistics.InverseStd;
        return statistics;
    }

    public override T StoredVariance(T variance, int count, bool corrected) =>
        base.StoredVariance(Recover(T.One / (_inverseStd * _inverseStd)), count, corrected);

    protected virtual T Recover(T square) => square - Epsilon;
}
