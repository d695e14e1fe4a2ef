using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>The runs of a stretch, one after the other, each cut into pieces of a length.</summary>
internal struct Pieces(Stretch stretch, int length)
{
    private int _run;
    private int _done;

    public Stretch Current { get; private set; }

    public bool MoveNext()
    {
        if (_done >= stretch.Length)
        {
            _done = 0;
            _run++;
        }

        if (_run >= stretch.Runs)
        {
            return false;
        }

        var count = Math.Min(length, stretch.Length - _done);
        Current = new(stretch.First + (_run * stretch.Distance) + _done, 1, 0, count);
        _done += count;
        return true;
    }
}
