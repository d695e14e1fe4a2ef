namespace NormCheck.Optimized.Numbers;

/// <summary>
/// A sum of binary64 numbers without any rounding, as long as nothing leaves their range: an unevaluated sum of numbers that do
/// not overlap, the smallest first (Shewchuk 1997). It takes as many of them as the magnitudes need.
/// </summary>
internal unsafe struct Expansion
{
    /// <summary>
    /// After <see cref="Compress"/> numbers are some 53 bits apart: sums of products of three binary32 numbers span fewer than
    /// 1,000 bits, so 20 numbers. An addition leaves one more at most.
    /// </summary>
    private const int Most = 32;

    private fixed double _parts[Most + 1];
    private int _count;

    public void Add(double term)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var sum = Extended.OfSum(term, _parts[i]);
            if (sum.Lo != 0)
            {
                _parts[kept++] = sum.Lo;
            }

            term = sum.Hi;
        }

        if (term != 0)
        {
            _parts[kept++] = term;
        }

        _count = kept;
        if (_count > Most)
        {
            Compress();
        }
    }

    /// <summary>Adds a·b.</summary>
    public void AddProduct(double a, double b)
    {
        var product = Extended.OfProduct(a, b);
        Add(product.Lo);
        Add(product.Hi);
    }

    /// <summary>Takes a·b off.</summary>
    public void SubtractProduct(in Expansion a, in Expansion b)
    {
        for (var i = 0; i < a._count; i++)
        {
            AddProduct(b, -a._parts[i]);
        }
    }

    /// <summary>Adds a·b.</summary>
    public void AddProduct(in Expansion a, double b)
    {
        for (var i = 0; i < a._count; i++)
        {
            AddProduct(a._parts[i], b);
        }
    }

    /// <summary>The value, as exact as two binary64 numbers can be.</summary>
    public Extended Value()
    {
        Compress();
        return _count < 2
            ? new(_count == 0 ? 0 : _parts[0], 0)
            : Extended.OfSum(_parts[_count - 1], _parts[_count - 2]);
    }

    /// <summary>The same value in as few numbers as can be: the largest is the value rounded, and so on.</summary>
    private void Compress()
    {
        if (_count < 2)
        {
            return;
        }

        var bottom = _count - 1;
        var sum = _parts[bottom];
        for (var i = _count - 2; i >= 0; i--)
        {
            var next = Extended.OfSum(sum, _parts[i]);
            sum = next.Hi;
            if (next.Lo != 0)
            {
                _parts[bottom--] = sum;
                sum = next.Lo;
            }
        }

        _parts[bottom] = sum;
        var kept = 0;
        for (var i = bottom + 1; i < _count; i++)
        {
            var next = Extended.OfSum(_parts[i], sum);
            sum = next.Hi;
            if (next.Lo != 0)
            {
                _parts[kept++] = next.Lo;
            }
        }

        _parts[kept++] = sum;
        _count = kept;
    }
}
