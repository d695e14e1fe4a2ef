using NormCheck.Contract;

namespace NormCheck.Optimized.Gpu;

/// <summary>The text that a device's compiler gets: OpenCL C 1.2 and CUDA C++ at once.</summary>
public static class GpuSource
{
    public static string Of(DType dtype, Tier tier) => KernelVariant.Of(dtype, tier).Source();
}
