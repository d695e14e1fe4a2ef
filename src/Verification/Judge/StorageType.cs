using NormCheck.Contract;

namespace NormCheck.Verification.Judge;

/// <summary>What a type can hold: precision p, unit roundoff 2⁻ᵖ, smallest and largest positive numbers, ulps.</summary>
public sealed class StorageType
{
    private static readonly StorageType s_f32 = new(24, -149, float.MaxValue);
    private static readonly StorageType s_f64 = new(53, -1074, double.MaxValue);
    private static readonly StorageType s_f16 = new(11, -24, 65504);
    private static readonly StorageType s_bf16 = new(8, -133, 3.3895313892515355e38);

    private readonly int _precision;
    private readonly int _lowest;

    private StorageType(int precision, int lowest, double largest)
    {
        _precision = precision;
        _lowest = lowest;
        Largest = largest;
        Unit = Math.ScaleB(1, -precision);
        Smallest = Math.ScaleB(1, lowest);
    }

    public static StorageType Of(DType dtype) =>
        dtype switch
        {
            DType.F32 => s_f32,
            DType.F64 => s_f64,
            DType.F16 => s_f16,
            _ => s_bf16,
        };

    /// <summary>Unit roundoff 2⁻ᵖ.</summary>
    public double Unit { get; }

    /// <summary>Smallest positive (subnormal) number.</summary>
    public double Smallest { get; }

    /// <summary>Largest finite number.</summary>
    public double Largest { get; }

    /// <summary>Distance of neighbours in the binade of a number; the subnormal spacing at the bottom.</summary>
    public double Ulp(double value)
    {
        var magnitude = Math.Abs(value);
        return magnitude < Math.ScaleB(1, _lowest + _precision - 1) ? Smallest
            : magnitude > Largest ? Ulp(Largest)
            : Math.ScaleB(1, Math.ILogB(magnitude) - _precision + 1);
    }

    /// <summary>From here on rounding to nearest gives infinity.</summary>
    public double Overflow => Largest + (Ulp(Largest) / 2);
}
