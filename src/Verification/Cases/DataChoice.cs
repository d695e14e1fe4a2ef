using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>Which data class a random case takes, with numbers that fit the element type.</summary>
internal static class DataChoice
{
    /// <summary>Conditioning κ = |μ|/σ: up to where the type still resolves σ beside μ.</summary>
    private static double[] Offsets(DType dtype) =>
        dtype switch
        {
            DType.F64 => [10, 1e2, 1e4, 1e6, 1e8, 1e10],
            DType.F32 => [10, 1e2, 1e3, 1e4, 1e5],
            DType.F16 => [10, 30, 100, 1000],
            _ => [3, 10, 30, 100],
        };

    private static double[] Variances(double epsilon) =>
        [1e-12, 1e-8, 1e-3, epsilon > 0 ? epsilon : 1e-5];

    private static double[] Scales(DType dtype) =>
        dtype switch
        {
            DType.F64 => [1e100, 1e160, 1e-100, 1e-160, 1e-310],
            DType.F16 => [180, 300, 7600, 1e-4, 1e-7],
            _ => [1e10, 1e18, 1e20, 1e-10, 1e-20, 1e-39],
        };

    private static double[] Outliers(DType dtype) =>
        dtype == DType.F16 ? [100, 1000, 30000] : [100, 1e4, 1e6];

    public static DataSpec Draw(DType dtype, NormProblem problem, SeededRandom random) =>
        random.Below(24) switch
        {
            0 or 1 => DataSpec.Normal,
            2 => DataSpec.Parse("uniform"),
            3 or 4 or 5 or 6 or 7 => DataSpec.Of("offset", random.Pick(Offsets(dtype))),
            8 => DataSpec.Of("spread", random.Pick(Offsets(dtype))),
            9 => DataSpec.Of("variance", random.Pick(Variances(problem.Epsilon))),
            10 => DataSpec.Of("constant", random.Pick([1.0, 10, 1234, 0.1])),
            11 => DataSpec.Parse("zeros"),
            12 => DataSpec.Of("outlier", random.Pick(Outliers(dtype))),
            13 => DataSpec.Parse(dtype == DType.F16 ? "rows:0.01..100" : "rows:0.0001..10000"),
            14 => DataSpec.Parse("ramp"),
            15 => DataSpec.Of("exact", random.Pick([0.0, 1, 64])),
            16 => DataSpec.Parse("two"),
            17 => DataSpec.Parse("integers"),
            18 => DataSpec.Of("alternating", random.Pick(Offsets(dtype))),
            19 => DataSpec.Parse("heavy"),
            20 => DataSpec.Of("neighbours", random.Pick([1.0, 1000])),
            21 => DataSpec.Of("scaled", random.Pick(Scales(dtype))),
            22 => DataSpec.Parse(random.Pick(["nan", "inf", "-inf"])),
            _ => DataSpec.Parse("drift"),
        };
}
