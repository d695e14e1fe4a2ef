using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NormCheck.Contract.Numbers;

namespace NormCheck.Contract;

/// <summary>
/// A block of memory with an element type, extents and strides (in elements). The first element lies at
/// <see cref="Offset"/> elements into <see cref="Data"/>.
/// </summary>
public sealed class Tensor
{
    public Tensor(
        DType dtype,
        Shape shape,
        long[]? strides = null,
        Memory<byte>? data = null,
        long offset = 0
    )
    {
        if (strides is not null && strides.Length != shape.Rank)
        {
            throw new ArgumentException(
                $"expected {shape.Rank} strides for shape {shape}, given {strides.Length}",
                nameof(strides)
            );
        }

        DType = dtype;
        Shape = shape;
        Strides = ImmutableArray.Create(strides ?? shape.ContiguousStrides());
        Offset = offset;
        var needed = (offset + Extent(shape, Strides)) * dtype.Size();
        Data = data ?? new byte[needed];
        if (Data.Length < needed)
        {
            throw new ArgumentException(
                $"expected at least {needed} bytes for {shape} of {dtype.Word()}, given {Data.Length}",
                nameof(data)
            );
        }
    }

    public DType DType { get; }

    public Shape Shape { get; }

    /// <summary>Distance between neighbours along each axis, in elements.</summary>
    public ImmutableArray<long> Strides { get; }

    public Memory<byte> Data { get; }

    /// <summary>Position of the first element in <see cref="Data"/>, in elements.</summary>
    public long Offset { get; }

    public long Count => Shape.Count;

    /// <summary>True where the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous =>
        Count <= 1 || Strides.AsSpan().SequenceEqual(Shape.ContiguousStrides());

    /// <summary>The elements in memory order, from the first to the last one touched. T must have the right size.</summary>
    public Span<T> Span<T>()
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(Data.Span).Slice((int)Offset, (int)Extent(Shape, Strides));

    /// <summary>Value of the element at a distance (in elements) from the first one. Exact for every type.</summary>
    public double Read(long distance)
    {
        var at = (int)(Offset + distance);
        var bytes = Data.Span;
        return DType switch
        {
            DType.F64 => MemoryMarshal.Cast<byte, double>(bytes)[at],
            DType.F32 => MemoryMarshal.Cast<byte, float>(bytes)[at],
            DType.F16 => (double)MemoryMarshal.Cast<byte, Half>(bytes)[at],
            _ => BFloat16.ToSingle(MemoryMarshal.Cast<byte, ushort>(bytes)[at]),
        };
    }

    /// <summary>Stores a value rounded once (nearest, ties to even).</summary>
    public void Write(long distance, double value)
    {
        var at = (int)(Offset + distance);
        var bytes = Data.Span;
        switch (DType)
        {
            case DType.F64:
                MemoryMarshal.Cast<byte, double>(bytes)[at] = value;
                break;
            case DType.F32:
                MemoryMarshal.Cast<byte, float>(bytes)[at] = (float)value;
                break;
            case DType.F16:
                MemoryMarshal.Cast<byte, Half>(bytes)[at] = (Half)value;
                break;
            default:
                MemoryMarshal.Cast<byte, ushort>(bytes)[at] = BFloat16.FromDouble(value);
                break;
        }
    }

    /// <summary>All values in row-major order of the shape, whatever the strides.</summary>
    public double[] ToDoubles()
    {
        var values = new double[Count];
        var next = 0;
        foreach (var distance in Distances())
        {
            values[next++] = Read(distance);
        }

        return values;
    }

    /// <summary>Stores values given in row-major order of the shape, each rounded once.</summary>
    public void CopyFrom(ReadOnlySpan<double> values)
    {
        if (values.Length != Count)
        {
            throw new ArgumentException(
                $"expected {Count} values for shape {Shape}, given {values.Length}"
            );
        }

        var next = 0;
        foreach (var distance in Distances())
        {
            Write(distance, values[next++]);
        }
    }

    /// <summary>Distance from the first element of each element, in row-major order of the shape.</summary>
    public IEnumerable<long> Distances()
    {
        if (Count == 0)
        {
            yield break;
        }

        var index = new int[Shape.Rank];
        long distance = 0;
        while (true)
        {
            yield return distance;
            var axis = Shape.Rank - 1;
            for (; axis >= 0; axis--)
            {
                distance += Strides[axis];
                if (++index[axis] < Shape[axis])
                {
                    break;
                }

                distance -= Strides[axis] * Shape[axis];
                index[axis] = 0;
            }

            if (axis < 0)
            {
                yield break;
            }
        }
    }

    /// <summary>The same type, shape, strides and bytes in memory of its own, starting at offset 0.</summary>
    public Tensor Clone()
    {
        var copy = new Tensor(DType, Shape, [.. Strides]);
        Data.Span.Slice((int)Offset * DType.Size(), copy.Data.Length).CopyTo(copy.Data.Span);
        return copy;
    }

    /// <summary>Number of elements from the first to the last one touched, both included.</summary>
    public static long Extent(Shape shape, ImmutableArray<long> strides)
    {
        if (shape.Count == 0)
        {
            return 0;
        }

        long last = 0;
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            last += strides[axis] * (shape[axis] - 1);
        }

        return last + 1;
    }
}
