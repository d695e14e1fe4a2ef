using System.Numerics;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Faults.Textbook;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong.Recipes;

namespace NormCheck.Faults.Wrong;

/// <summary>Mutants that compute with fewer digits than the contract asks for.</summary>
internal static class StudyPrecision
{
    private static readonly DType[] s_f16 = [DType.F16];
    private static readonly DType[] s_f32 = [DType.F32];

    public static Fault[] All { get; } =
    [
        Make.Fault(
            "m15a",
            FaultClass.Accumulation,
            "μ and 1/σ are rounded to the type of the data before they are used",
            [Study.Link("M15")],
            [.. NormOps.All],
            Make.Training,
            () => new StoredStatisticsRecipe<float>(),
            () => new StoredStatisticsRecipe<double>(),
            dtypes: Make.Short
        ),
        Make.Fault(
            "m15b",
            FaultClass.Accumulation,
            "μ and 1/σ of f32 data are kept in bfloat16",
            [Study.Link("M15")],
            [.. NormOps.All],
            Make.Training,
            () => new BrainStatistics<float>(),
            () => new BrainStatistics<double>(),
            dtypes: s_f32
        ),
        Make.Fault(
            "m16",
            FaultClass.Root,
            "1/σ is the processor's estimate of 12 bits, with no step of Newton's after it",
            [Study.Link("M16")],
            [.. NormOps.All],
            [.. NormPasses.All],
            () => new RootEstimate<float>(),
            () => new RootEstimate<double>(),
            dtypes: s_f32
        ),
        Make.Fault(
            "m17",
            FaultClass.Accumulation,
            "every sum of f16 data is kept in f16",
            [Study.Link("M17")],
            [.. NormOps.All],
            [.. NormPasses.All],
            () => new ShortSumsRecipe<float>(),
            () => new ShortSumsRecipe<double>(),
            dtypes: s_f16
        ),
        Make.Fault(
            "m38",
            FaultClass.Accumulation,
            "dβ is added up in f16",
            [Study.Link("M38")],
            [.. NormOps.All],
            Make.Backward,
            () => new ShortShiftGradient<float>(),
            () => new ShortShiftGradient<double>(),
            dtypes: s_f16
        ),
        Make.Around(
            "m43",
            FaultClass.Accumulation,
            "f32 data is rounded to bfloat16 on the way in",
            [Study.Link("M43")],
            [.. NormOps.All],
            [.. NormPasses.All],
            new()
            {
                Inputs = (_, tensors) => Rounded(Rounded(tensors, TensorRole.X), TensorRole.Dy),
            },
            s_f32
        ),
    ];

    private static TensorSet Rounded(TensorSet tensors, TensorRole role) =>
        tensors.Change(role, values => [.. values.Select(Brain)]);

    private static double Brain(double value) => BFloat16.ToSingle(BFloat16.FromDouble(value));

    private sealed class BrainStatistics<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override GroupStatistics<T> Settle(GroupStatistics<T> statistics, DType dtype)
        {
            var mean = T.CreateTruncating(Brain(double.CreateTruncating(statistics.Mean)));
            var root = T.CreateTruncating(Brain(double.CreateTruncating(statistics.InverseStd)));
            return statistics with
            {
                Mean = mean,
                Origin = mean,
                InverseStd = root,
                Std = T.One / root,
            };
        }
    }

    private sealed class ShortShiftGradient<T> : Recipe<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override T ShiftGradient(ReadOnlySpan<T> dy) => ShortSumsRecipe<T>.Of(dy);
    }
}
