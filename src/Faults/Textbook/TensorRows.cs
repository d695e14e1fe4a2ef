using System.Numerics;
using System.Runtime.InteropServices;
using NormCheck.Contract;
using NormCheck.Contract.Numbers;

namespace NormCheck.Faults.Textbook;

/// <summary>A tensor of data, group by group, as numbers of the accumulator type.</summary>
internal readonly struct TensorRows<T>(GroupMap map, Tensor tensor)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GroupPlaces _places = map.Places(tensor);

    /// <summary>Reads a group; widening is exact.</summary>
    public void Read(int group, Span<T> row)
    {
        var first = (int)tensor.Offset + _places.Starts[group];
        var members = _places.Members;
        var bytes = tensor.Data.Span;
        switch (tensor.DType)
        {
            case DType.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    row[k] = T.CreateTruncating(doubles[first + members[k]]);
                }

                break;
            case DType.F32:
                var singles = MemoryMarshal.Cast<byte, float>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    row[k] = T.CreateTruncating(singles[first + members[k]]);
                }

                break;
            case DType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    row[k] = T.CreateTruncating((float)halves[first + members[k]]);
                }

                break;
            default:
                var brains = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    row[k] = T.CreateTruncating(BFloat16.ToSingle(brains[first + members[k]]));
                }

                break;
        }
    }

    /// <summary>Writes a group, every number rounded once.</summary>
    public void Write(int group, ReadOnlySpan<T> row)
    {
        var first = (int)tensor.Offset + _places.Starts[group];
        var members = _places.Members;
        var bytes = tensor.Data.Span;
        switch (tensor.DType)
        {
            case DType.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    doubles[first + members[k]] = double.CreateTruncating(row[k]);
                }

                break;
            case DType.F32:
                var singles = MemoryMarshal.Cast<byte, float>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    singles[first + members[k]] = float.CreateTruncating(row[k]);
                }

                break;
            case DType.F16:
                // Straight from T: a stop at f32 on the way from f64 would round twice.
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    halves[first + members[k]] = Half.CreateTruncating(row[k]);
                }

                break;
            default:
                var brains = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var k = 0; k < row.Length; k++)
                {
                    brains[first + members[k]] = BFloat16.FromDouble(
                        double.CreateTruncating(row[k])
                    );
                }

                break;
        }
    }

    /// <summary>All values of a tensor beside the data (γ, a statistic) in row-major order.</summary>
    public static T[] ReadAll(Tensor tensor)
    {
        var values = new T[tensor.Count];
        if (tensor.IsContiguous)
        {
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = T.CreateTruncating(tensor.Read(k));
            }

            return values;
        }

        var next = 0;
        foreach (var distance in tensor.Distances())
        {
            values[next++] = T.CreateTruncating(tensor.Read(distance));
        }

        return values;
    }

    /// <summary>Stores values given in row-major order, every number rounded once.</summary>
    public static void WriteAll(Tensor tensor, ReadOnlySpan<T> values)
    {
        if (tensor.IsContiguous)
        {
            for (var k = 0; k < values.Length; k++)
            {
                tensor.Write(k, double.CreateTruncating(values[k]));
            }

            return;
        }

        var next = 0;
        foreach (var distance in tensor.Distances())
        {
            tensor.Write(distance, double.CreateTruncating(values[next++]));
        }
    }
}
