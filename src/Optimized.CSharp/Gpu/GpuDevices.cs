using NormCheck.Contract;
using NormCheck.Optimized.Gpu.Cuda;
using NormCheck.Optimized.Gpu.OpenCl;

namespace NormCheck.Optimized.Gpu;

/// <summary>The devices of this machine, by the programming interface through which they are driven.</summary>
public static class GpuDevices
{
    private static readonly Lazy<IReadOnlyList<GpuDevice>> s_openCl = new(OpenClDevice.All);

    private static readonly Lazy<IReadOnlyList<GpuDevice>> s_cuda = new(CudaDevice.All);

    /// <summary>Devices of all OpenCL platforms, in the order of the loader.</summary>
    /// <exception cref="GpuMissingException">There is no OpenCL here; the message says how to get it.</exception>
    public static IReadOnlyList<GpuDevice> OpenCl => s_openCl.Value;

    /// <summary>NVIDIA GPUs, in the order of the driver.</summary>
    /// <exception cref="GpuMissingException">There is no CUDA here; the message says how to get it.</exception>
    public static IReadOnlyList<GpuDevice> Cuda => s_cuda.Value;

    /// <summary>The device of a number, usable.</summary>
    /// <exception cref="InputException">There is none of that number.</exception>
    /// <exception cref="GpuMissingException">It cannot be used; the message says why.</exception>
    public static GpuDevice Usable(string kind, IReadOnlyList<GpuDevice> devices, int number)
    {
        if (number < 0 || number >= devices.Count)
        {
            throw new InputException(
                $"expected {kind}:N with N from 0 to {devices.Count - 1}, got {number}"
            );
        }

        var device = devices[number];
        return device.Refuses is { } reason
            ? throw new GpuMissingException($"{kind}:{number}, {device}: {reason}")
            : device;
    }
}
