using NormCheck.Contract;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Layouts;

/// <summary>One axis of a walk through memory: how many steps, and how far a step goes (in elements).</summary>
internal readonly record struct WalkAxis(int Extent, long Stride);

/// <summary>
/// Nested loops over axes, outermost first, as one sequence of elements. Axes that run on into each other are merged,
/// so a contiguous tensor is one loop.
/// </summary>
internal sealed class AxisWalk
{
    private readonly WalkAxis[] _outer;
    private readonly WalkAxis _inner;

    public AxisWalk(IEnumerable<WalkAxis> axes)
    {
        var merged = new List<WalkAxis>();
        foreach (var axis in axes.Where(axis => axis.Extent != 1))
        {
            if (merged.Count > 0 && merged[^1].Stride == axis.Stride * axis.Extent)
            {
                merged[^1] = new(merged[^1].Extent * axis.Extent, axis.Stride);
            }
            else
            {
                merged.Add(axis);
            }
        }

        _inner = merged.Count == 0 ? new(1, 0) : merged[^1];
        _outer = merged.Count == 0 ? [] : [.. merged[..^1]];
    }

    /// <summary>All elements of a tensor in row-major order of its shape.</summary>
    public static AxisWalk Over(Tensor tensor) =>
        new(tensor.Strides.Select((stride, axis) => new WalkAxis(tensor.Shape[axis], stride)));

    /// <summary>Distance, in elements, from the first position of the walk to the one of that number.</summary>
    public long DistanceTo(int position)
    {
        var (outer, step) = Math.DivRem(position, _inner.Extent);
        var distance = step * _inner.Stride;
        for (var axis = _outer.Length - 1; outer > 0; axis--)
        {
            (outer, step) = Math.DivRem(outer, _outer[axis].Extent);
            distance += step * _outer[axis].Stride;
        }

        return distance;
    }

    /// <summary>Reads the elements of the walk that starts at <paramref name="first"/>.</summary>
    public void Gather<TStored, T, TStorage>(ReadOnlySpan<TStored> memory, long first, Span<T> into)
        where TStored : unmanaged
        where T : unmanaged
        where TStorage : IStorage<TStored, T>
    {
        Span<int> index = stackalloc int[_outer.Length];
        index.Clear();
        var extent = _inner.Extent;
        for (var done = 0; done < into.Length; done += extent)
        {
            var line = into.Slice(done, extent);
            if (_inner.Stride == 1)
            {
                var source = memory.Slice((int)first, extent);
                for (var i = 0; i < line.Length; i++)
                {
                    line[i] = TStorage.Widen(source[i]);
                }
            }
            else
            {
                var at = first;
                for (var i = 0; i < line.Length; i++, at += _inner.Stride)
                {
                    line[i] = TStorage.Widen(memory[(int)at]);
                }
            }

            first += NextLine(index);
        }
    }

    /// <summary>Writes the elements of the walk that starts at <paramref name="first"/>.</summary>
    public void Scatter<TStored, T, TStorage>(
        ReadOnlySpan<T> from,
        Span<TStored> memory,
        long first
    )
        where TStored : unmanaged
        where T : unmanaged
        where TStorage : IStorage<TStored, T>
    {
        Span<int> index = stackalloc int[_outer.Length];
        index.Clear();
        var extent = _inner.Extent;
        for (var done = 0; done < from.Length; done += extent)
        {
            var line = from.Slice(done, extent);
            if (_inner.Stride == 1)
            {
                var target = memory.Slice((int)first, extent);
                for (var i = 0; i < line.Length; i++)
                {
                    target[i] = TStorage.Narrow(line[i]);
                }
            }
            else
            {
                var at = first;
                for (var i = 0; i < line.Length; i++, at += _inner.Stride)
                {
                    memory[(int)at] = TStorage.Narrow(line[i]);
                }
            }

            first += NextLine(index);
        }
    }

    /// <summary>Advances the outer axes like an odometer and returns the distance to the next line.</summary>
    private long NextLine(Span<int> index)
    {
        long distance = 0;
        for (var axis = _outer.Length - 1; axis >= 0; axis--)
        {
            distance += _outer[axis].Stride;
            if (++index[axis] < _outer[axis].Extent)
            {
                break;
            }

            distance -= _outer[axis].Stride * _outer[axis].Extent;
            index[axis] = 0;
        }

        return distance;
    }
}
