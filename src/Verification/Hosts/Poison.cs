using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// The bits that outputs hold before a call: a quiet NaN with a payload that no arithmetic makes, so that an element that
/// still has it was not written.
/// </summary>
public static class Poison
{
    private const ulong Double = 0x7FF8_DEAD_BEEF_5EED;
    private const uint Single = 0x7FDE_AD5E;
    private const ushort Half = 0x7EB5;
    private const ushort Brain = 0x7FB5;

    /// <summary>Poisons all memory of a tensor, gaps of its strides included.</summary>
    public static void Fill(Tensor tensor) => Fill(tensor.Data.Span, tensor.DType);

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
}
