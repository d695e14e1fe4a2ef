using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;

namespace NormCheck.Properties.Optimized;

/// <summary>
/// The kernels as CUDA C++, where there is no NVIDIA GPU: clang translates every variant to PTX, with stand-ins for what NVRTC
/// brings along. It shows that the one text is both languages, not what it computes.
/// </summary>
public sealed class GpuTextTests
{
    private static readonly string[] s_compilers =
    [
        "clang",
        "clang-19",
        "clang-16",
        "clang-15",
        "clang-14",
    ];

    /// <summary>What NVRTC knows without any header.</summary>
    private const string Prelude = """
        #define __global__ __attribute__((global))
        #define __device__ __attribute__((device))
        #define __shared__ __attribute__((shared))
        #define __launch_bounds__(items) __attribute__((launch_bounds(items)))
        struct stand_in_index { int x; };
        #define threadIdx (stand_in_index{__nvvm_read_ptx_sreg_tid_x()})
        #define blockIdx (stand_in_index{__nvvm_read_ptx_sreg_ctaid_x()})
        #define isfinite(value) __builtin_isfinite(value)
        static __device__ unsigned __float_as_uint(float v) { return __builtin_bit_cast(unsigned, v); }
        static __device__ float __uint_as_float(unsigned v) { return __builtin_bit_cast(float, v); }
        static __device__ float __int_as_float(int v) { return __builtin_bit_cast(float, v); }
        static __device__ long long __double_as_longlong(double v) { return __builtin_bit_cast(long long, v); }
        static __device__ double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
        static __device__ float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
        static __device__ double sqrt(double v) { return __builtin_sqrt(v); }
        static __device__ float sqrt(float v) { return __builtin_sqrtf(v); }
        static __device__ double fabs(double v) { return __builtin_fabs(v); }
        static __device__ float fabs(float v) { return __builtin_fabsf(v); }
        __device__ double ldexp(double v, int e);
        __device__ float ldexp(float v, int e);
        __device__ int ilogb(double v);
        __device__ int ilogb(float v);

        """;

    public static TheoryData<DType, Tier> Variants
    {
        get
        {
            var data = new TheoryData<DType, Tier>();
            foreach (var dtype in DTypes.All)
            {
                foreach (var tier in Cells.Tiers)
                {
                    data.Add(dtype, tier);
                }
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void The_text_is_CUDA_too(DType dtype, Tier tier)
    {
        var compiler = s_compilers.FirstOrDefault(Exists);
        Tools.Need(compiler is not null, "clang");
        var file = Path.Combine(Path.GetTempPath(), $"normcheck-{Guid.NewGuid():N}.cu");
        File.WriteAllText(file, Prelude + GpuSource.Of(dtype, tier));
        try
        {
            var (code, output) = Tools.Run(
                compiler!,
                "-x",
                "cuda",
                "--cuda-device-only",
                "--cuda-gpu-arch=sm_70",
                "-nocudainc",
                "-nocudalib",
                "-std=c++17",
                "-Wno-unknown-cuda-version",
                "-S",
                "-o",
                "-",
                file
            );
            Assert.True(code == 0, output[..Math.Min(output.Length, 4000)]);
            Assert.Contains(".entry apply", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool Exists(string program)
    {
        try
        {
            return Tools.Run(program, "--version").Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
