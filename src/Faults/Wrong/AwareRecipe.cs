using System.Numerics;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong;

/// <summary>A recipe that knows which problem it computes.</summary>
internal abstract class AwareRecipe<T> : Recipe<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected NormProblem Problem { get; private set; } = null!;

    protected T Epsilon => T.CreateTruncating(Problem.Epsilon);

    public override void Begin(NormProblem problem) => Problem = problem;

    /// <summary>The value as the data's type holds it.</summary>
    protected T Stored(T value) => Storage.Round(value, Problem.DType);

    /// <summary>Σ terms, every partial sum rounded to the data's type.</summary>
    protected T StoredSum(ReadOnlySpan<T> terms)
    {
        var sum = T.Zero;
        foreach (var term in terms)
        {
            sum = Stored(sum + term);
        }

        return sum;
    }
}

/// <summary>Numbers of the accumulator rounded to the type of the data.</summary>
internal static class Storage
{
    public static T Round<T>(T value, DType dtype)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        dtype switch
        {
            DType.F16 => T.CreateTruncating((float)Half.CreateTruncating(value)),
            DType.BF16 => T.CreateTruncating(
                BFloat16.ToSingle(BFloat16.FromDouble(double.CreateTruncating(value)))
            ),
            DType.F32 => T.CreateTruncating(float.CreateTruncating(value)),
            _ => value,
        };
}
