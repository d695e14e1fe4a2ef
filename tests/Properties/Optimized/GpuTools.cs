using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;

namespace NormCheck.Properties.Optimized;

/// <summary>The device that GPU tests run on, and comparisons of what comes from it.</summary>
internal static class GpuTools
{
    /// <summary>The first OpenCL device that can be used; a machine without one skips the test and says why.</summary>
    public static GpuDevice NeedDevice(bool withDouble = true)
    {
        var device = Find(withDouble);
        Tools.Need(device is not null, $"an OpenCL device{(withDouble ? " with binary64" : "")}");
        return device!;
    }

    public static TensorSet Run(GpuBackend backend, NormProblem problem, TensorSet tensors)
    {
        var own = tensors.Clone();
        Assert.Equal(RunOutcome.Completed, backend.Run(problem, own));
        return own;
    }

    /// <summary>The same bits in every tensor; a NaN is a NaN, whatever its sign and payload.</summary>
    public static void SameBits(
        TensorSet expected,
        TensorSet actual,
        NormProblem problem,
        string difference
    )
    {
        foreach (var role in expected.Roles)
        {
            QuietNaNs(expected.Require(role));
            QuietNaNs(actual.Require(role));
        }

        Bits.Equal(expected, actual, problem, difference);
    }

    public static GpuDevice? Find(bool withDouble)
    {
        try
        {
            return GpuDevices.OpenCl.FirstOrDefault(device =>
                device.Refuses is null && (device.HasDouble || !withDouble)
            );
        }
        catch (GpuMissingException)
        {
            return null;
        }
    }

    private static void QuietNaNs(Tensor tensor)
    {
        switch (tensor.DType)
        {
            case DType.F64:
                Quiet(tensor.Span<double>(), double.IsNaN, double.NaN);
                break;
            case DType.F32:
                Quiet(tensor.Span<float>(), float.IsNaN, float.NaN);
                break;
            case DType.F16:
                Quiet(tensor.Span<Half>(), Half.IsNaN, Half.NaN);
                break;
            default:
                Quiet(
                    tensor.Span<ushort>(),
                    bits => float.IsNaN(BFloat16.ToSingle(bits)),
                    (ushort)0x7fc0
                );
                break;
        }
    }

    private static void Quiet<T>(Span<T> values, Func<T, bool> isNaN, T quiet)
    {
        foreach (ref var value in values)
        {
            value = isNaN(value) ? quiet : value;
        }
    }
}
