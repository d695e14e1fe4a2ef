using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>Results as bits.</summary>
internal static class Bits
{
    /// <summary>A run of the backend on copies of the tensors.</summary>
    public static TensorSet Run(NormProblem problem, TensorSet tensors, NormOptions options)
    {
        var own = tensors.Clone();
        using var backend = new SimdBackend(options);
        Assert.Equal(RunOutcome.Completed, backend.Run(problem, own));
        return own;
    }

    /// <summary>Every tensor of the two sets, inputs too, has the same bits.</summary>
    public static void Equal(
        TensorSet expected,
        TensorSet actual,
        NormProblem problem,
        string difference
    )
    {
        Assert.Equal(expected.Roles, actual.Roles);
        foreach (var role in expected.Roles)
        {
            var (left, right) = (expected.Require(role), actual.Require(role));
            var same = left.Data.Span.CommonPrefixLength(right.Data.Span);
            Assert.True(
                same == left.Data.Length,
                $"{ProblemText.Print(problem)}: {difference}: {role.Name()} differs from element {same / left.DType.Size()} on: "
                    + Show(left, right, same / left.DType.Size())
            );
        }
    }

    /// <summary>One number for all outputs.</summary>
    public static void Append(IncrementalHash hash, NormProblem problem, TensorSet tensors)
    {
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            hash.AppendData(tensors.Require(spec.Role).Data.Span);
        }
    }

    private static string Show(Tensor left, Tensor right, int at) =>
        at < left.Count
            ? FormattableString.Invariant($"{left.Read(at):R} and {right.Read(at):R}")
            : "";

    public static Span<T> Of<T>(TensorSet tensors, TensorRole role)
        where T : unmanaged =>
        tensors[role] is { } tensor
            ? MemoryMarshal.Cast<byte, T>(tensor.Data.Span)[..(int)tensor.Count]
            : default;
}
