using System.Collections.Immutable;

namespace NormCheck.Contract;

/// <summary>The extents of a tensor, outermost axis first. Compared by value.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<int> _extents;

    public Shape(params ReadOnlySpan<int> extents)
    {
        foreach (var extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
        }

        _extents = ImmutableArray.Create(extents);
    }

    /// <summary>The extents; empty for a default value.</summary>
    public ImmutableArray<int> Extents => _extents.IsDefault ? [] : _extents;

    public int Rank => Extents.Length;

    public int this[int axis] => Extents[axis];

    /// <summary>Number of elements.</summary>
    public long Count => Product(Extents);

    /// <summary>Row-major strides in elements: the last axis has stride 1.</summary>
    public long[] ContiguousStrides()
    {
        var strides = new long[Rank];
        long step = 1;
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= Math.Max(Extents[axis], 1);
        }

        return strides;
    }

    /// <summary>The axes from <paramref name="first"/> up to (not including) <paramref name="end"/>.</summary>
    public Shape Slice(int first, int end) => new(Extents.AsSpan()[first..end]);

    /// <summary>The shape whose axis k is this one's axis order[k].</summary>
    public Shape Permute(ReadOnlySpan<int> order)
    {
        var extents = new int[order.Length];
        for (var k = 0; k < order.Length; k++)
        {
            extents[k] = Extents[order[k]];
        }

        return new Shape(extents);
    }

    /// <summary>Row-major index of a flat position.</summary>
    public int[] IndexOf(long flat)
    {
        var index = new int[Rank];
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            index[axis] = (int)(flat % Extents[axis]);
            flat /= Extents[axis];
        }

        return index;
    }

    public bool Equals(Shape other) => Extents.AsSpan().SequenceEqual(other.Extents.AsSpan());

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var extent in Extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>As in case texts: 2x32x7x5.</summary>
    public override string ToString() => string.Join('x', Extents);

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    internal static long Product(ImmutableArray<int> extents)
    {
        long product = 1;
        foreach (var extent in extents)
        {
            product = checked(product * extent);
        }

        return product;
    }
}
