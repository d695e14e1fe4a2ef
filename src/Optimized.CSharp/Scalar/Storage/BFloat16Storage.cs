using NormCheck.Contract.Numbers;

namespace NormCheck.Optimized.Scalar.Storage;

/// <summary>bf16 in memory, f32 in the kernels.</summary>
internal readonly struct BFloat16Storage : IStorage<ushort, float>
{
    public static float Widen(ushort stored) => BFloat16.ToSingle(stored);

    public static ushort Narrow(float value) => BFloat16.FromSingle(value);
}
