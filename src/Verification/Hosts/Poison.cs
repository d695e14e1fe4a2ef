using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// The bits that outputs hold before a call: a quiet NaN with a payload that no arithmetic makes, so that an element that
/// still has it was not written. Arithmetic may pass the payload of a NaN operand on: then the result was made from
/// memory that nobody wrote, which is as wrong.
/// </summary>
public static class Poison
{
    private const ulong Double = 0x7FF8_DEAD_BEEF_5EED;
    private const uint Single = 0x7FDE_AD5E;
    private const ushort Half = 0x7EB5;
    private const ushort Brain = 0x7FF5;

    /// <summary>Poisons a tensor from its first to its last element, gaps of its strides included.</summary>
    public static void Fill(Tensor tensor) => Fill(TensorBytes.Content(tensor), tensor.DType);

    /// <summary>Poisons raw memory that holds elements of a type.</summary>
    public static void Fill(Span<byte> memory, DType dtype)
    {
        switch (dtype)
        {
            case DType.F64:
                MemoryMarshal.Cast<byte, ulong>(memory).Fill(Double);
                break;
            case DType.F32:
                MemoryMarshal.Cast<byte, uint>(memory).Fill(Single);
                break;
            default:
                MemoryMarshal.Cast<byte, ushort>(memory).Fill(dtype == DType.F16 ? Half : Brain);
                break;
        }
    }

    /// <summary>True where the element at a distance from the first one has the poison's bits.</summary>
    public static bool IsPoison(Tensor tensor, long distance)
    {
        var at = (int)(tensor.Offset + distance);
        var memory = tensor.Data.Span;
        return tensor.DType switch
        {
            DType.F64 => MemoryMarshal.Cast<byte, ulong>(memory)[at] == Double,
            DType.F32 => MemoryMarshal.Cast<byte, uint>(memory)[at] == Single,
            DType.F16 => MemoryMarshal.Cast<byte, ushort>(memory)[at] == Half,
            _ => MemoryMarshal.Cast<byte, ushort>(memory)[at] == Brain,
        };
    }

    /// <summary>First and last byte of poisoned memory that are no longer poison; null where all are.</summary>
    internal static (int First, int Last)? Damage(ReadOnlySpan<byte> memory, DType dtype) =>
        dtype switch
        {
            DType.F64 => Damage(memory, Double),
            DType.F32 => Damage(memory, Single),
            DType.F16 => Damage(memory, Half),
            _ => Damage(memory, Brain),
        };

    private static (int First, int Last)? Damage<T>(ReadOnlySpan<byte> memory, T pattern)
        where T : unmanaged, IEquatable<T>
    {
        var elements = MemoryMarshal.Cast<byte, T>(memory);
        var first = elements.IndexOfAnyExcept(pattern);
        if (first < 0)
        {
            return null;
        }

        // Byte by byte within the first and the last damaged element.
        var size = Marshal.SizeOf<T>();
        var clean = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in pattern));
        var last = elements.LastIndexOfAnyExcept(pattern);
        var head = memory.Slice(first * size, size).CommonPrefixLength(clean);
        var tail = size - 1;
        while (memory[(last * size) + tail] == clean[tail])
        {
            tail--;
        }

        return ((first * size) + head, (last * size) + tail);
    }
}
