using System.Globalization;
using System.Text;
using NormCheck.Contract;
using NormCheck.Optimized.Gpu.Plans;

namespace NormCheck.Optimized.Gpu;

/// <summary>Which program: element type in memory, and binary64 (Faithful, f64) or binary32 (Fast) to compute in.</summary>
internal readonly record struct KernelVariant(DType DType, bool IsDouble)
{
    public static KernelVariant Of(DType dtype, Tier tier) =>
        new(dtype, dtype == DType.F64 || tier == Tier.Faithful);

    /// <summary>Whether sums keep what additions drop: where data is as fine as the arithmetic, or could be.</summary>
    public bool Compensates => DType == DType.F64 || !IsDouble;

    /// <summary>Whether sums of elements can round at all, and are watched for it: f16 has few magnitudes.</summary>
    public bool Watches => !Compensates && DType != DType.F16;

    public int RealBytes => IsDouble ? sizeof(double) : sizeof(float);

    /// <summary>The text that is compiled: the definitions of this variant, then the sources in the order of their numbers.</summary>
    public string Source()
    {
        var text = new StringBuilder();
        Define("IS_DOUBLE", IsDouble ? 1 : 0);
        Define("COMPENSATES", Compensates ? 1 : 0);
        Define("WATCHES", Watches ? 1 : 0);
        Define("CHUNK", Optimized.Plans.Chunks.Size);
        Define("MOMENTS_SIZE", GpuLayout.MomentsSize);
        Define("SUMS_SIZE", GpuLayout.SumsSize);
        Define("NUMBERS_SIZE", GpuLayout.NumbersSize);
        Define("COLUMN_PLANES", GpuLayout.ColumnPlanes);

        // f16 and bf16 by their bits, f32 and f64 by theirs: 8 stands for bf16.
        Define(
            "STORED_TYPE",
            DType switch
            {
                DType.F64 => 64,
                DType.F32 => 32,
                DType.F16 => 16,
                _ => 8,
            }
        );
        var (digits, lastPlace) = DType == DType.F32 ? (24, -149) : (8, -133);
        Define("STORED_DIGITS", digits);
        Define("STORED_LAST_PLACE", lastPlace);

        // Bits are taken as those of binary32 numbers.
        Define("STORED_STEPS", -149);
        foreach (var number in Enum.GetValues<PlanNumber>())
        {
            DefineText(UpperCase(number.ToString()), $"(n[{(int)number}])");
        }

        foreach (var constant in Enum.GetValues<PlanConstant>())
        {
            DefineText(UpperCase(constant.ToString()), $"(c[{(int)constant}])");
        }

        foreach (var field in Enum.GetValues<GroupField>())
        {
            DefineText($"G_{UpperCase(field.ToString())}", $"{(int)field}");
        }

        return text.Append(KernelText.All).ToString();

        void Define(string name, int value) =>
            DefineText(
                name,
                value < 0
                    ? string.Create(CultureInfo.InvariantCulture, $"({value})")
                    : value.ToString(CultureInfo.InvariantCulture)
            );

        void DefineText(string name, string value) =>
            text.Append("#define ").Append(name).Append(' ').Append(value).Append('\n');
    }

    /// <summary>GroupStep as GROUP_STEP.</summary>
    private static string UpperCase(string name) =>
        string.Concat(
            name.Select(
                (letter, i) =>
                    i > 0 && char.IsUpper(letter)
                        ? $"_{letter}"
                        : $"{char.ToUpperInvariant(letter)}"
            )
        );
}
