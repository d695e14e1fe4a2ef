namespace NormCheck.Contract;

/// <summary>Element type of a tensor. The numbers are those of <c>nc_dtype</c> in normcheck.h.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32; unit roundoff 2⁻²⁴.</summary>
    F32 = 0,

    /// <summary>IEEE 754 binary64; unit roundoff 2⁻⁵³.</summary>
    F64 = 1,

    /// <summary>IEEE 754 binary16; unit roundoff 2⁻¹¹.</summary>
    F16 = 2,

    /// <summary>bfloat16, the upper half of a binary32; unit roundoff 2⁻⁸.</summary>
    BF16 = 3,
}

/// <summary>Facts about element types, in the words of the case text.</summary>
public static class DTypes
{
    public static IReadOnlyList<DType> All { get; } = [DType.F32, DType.F64, DType.F16, DType.BF16];

    /// <summary>The word used in case texts: f32, f64, f16, bf16.</summary>
    public static string Word(this DType dtype) =>
        dtype switch
        {
            DType.F32 => "f32",
            DType.F64 => "f64",
            DType.F16 => "f16",
            DType.BF16 => "bf16",
            _ => throw new ArgumentOutOfRangeException(
                nameof(dtype),
                dtype,
                "expected one of the four element types"
            ),
        };

    /// <summary>Size of one element in bytes.</summary>
    public static int Size(this DType dtype) =>
        dtype switch
        {
            DType.F64 => 8,
            DType.F32 => 4,
            _ => 2,
        };

    /// <summary>Type of γ, β and of every statistic beside data of this type: f64 for f64, otherwise f32.</summary>
    public static DType ParameterType(this DType dtype) =>
        dtype == DType.F64 ? DType.F64 : DType.F32;
}
