using NormCheck.Contract;
using NormCheck.Optimized.Scalar.Storage;

namespace NormCheck.Optimized.Scalar.Layouts;

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
        if (_outer.Length == 0)
        {
            return position * _inner.Stride;
        }

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
        if (_outer.Length == 0)
        {
            StridedLine<TStored, T, TStorage>.Gather(memory, first, _inner.Stride, into);
            return;
        }

        Span<int> index = stackalloc int[_outer.Length];
        index.Clear();
        for (var done = 0; done < into.Length; done += _inner.Extent)
        {
            var line = into.Slice(done, _inner.Extent);
            StridedLine<TStored, T, TStorage>.Gather(memory, first, _inner.Stride, line);
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
        if (_outer.Length == 0)
        {
            StridedLine<TStored, T, TStorage>.Scatter(from, memory, first, _inner.Stride);
            return;
        }

        Span<int> index = stackalloc int[_outer.Length];
        index.Clear();
        for (var done = 0; done < from.Length; done += _inner.Extent)
        {
            var line = from.Slice(done, _inner.Extent);
            StridedLine<TStored, T, TStorage>.Scatter(line, memory, first, _inner.Stride);
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
