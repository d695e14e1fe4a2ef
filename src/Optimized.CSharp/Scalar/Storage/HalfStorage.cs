namespace NormCheck.Optimized.Scalar.Storage;

/// <summary>f16 in memory, f32 in the kernels.</summary>
internal readonly struct HalfStorage : IStorage<Half, float>
{
    public static float Widen(Half stored) => (float)stored;

    public static Half Narrow(float value) => (Half)value;
}
