using System.Runtime.CompilerServices;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;

namespace NormCheck.Optimized.Api;

/// <summary>.NET's element types and those of problems. All of it is constant to the compiler.</summary>
internal static class ElementTypes
{
    /// <summary>Type of data beside parameters of a type: float, Half and BFloat16 beside float, double beside double.</summary>
    /// <exception cref="InputException">There is no such data.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DType Of<T, TParameter>()
        where T : unmanaged
        where TParameter : unmanaged =>
        typeof(TParameter) == typeof(double) && typeof(T) == typeof(double) ? DType.F64
        : typeof(TParameter) == typeof(float) && typeof(T) == typeof(float) ? DType.F32
        : typeof(TParameter) == typeof(float) && typeof(T) == typeof(Half) ? DType.F16
        : typeof(TParameter) == typeof(float) && typeof(T) == typeof(BFloat16) ? DType.BF16
        : throw Unknown(typeof(T), typeof(TParameter));

    private static InputException Unknown(Type data, Type parameters) =>
        new(
            $"expected data of float, Half or BFloat16 beside float, or of double beside double, got {data.Name} beside {parameters.Name}"
        );
}
