using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// How a stretch is cut for statistics. The cut depends on the stretch alone, so the reduction tree does not know how many
/// threads there are.
/// </summary>
internal readonly struct Chunks
{
    /// <summary>Elements of a chunk: 16 KiB of f32. A chunk, the next one and a buffer for results fit the first-level cache.</summary>
    public const int Size = 4096;

    private readonly Stretch _whole;
    private readonly int _runsEach;
    private readonly int _piecesEach;

    public Chunks(Stretch whole)
    {
        _whole = whole;
        if (whole.Length <= Size)
        {
            _runsEach = Math.Max(1, Size / whole.Length);
            _piecesEach = 1;
            Count = CeilingOf(whole.Runs, _runsEach);
        }
        else
        {
            _runsEach = 1;
            _piecesEach = CeilingOf(whole.Length, Size);
            Count = whole.Runs * _piecesEach;
        }
    }

    public int Count { get; }

    public Stretch this[int index]
    {
        get
        {
            if (_piecesEach == 1)
            {
                var run = index * _runsEach;
                return _whole with
                {
                    First = _whole.First + (run * _whole.Distance),
                    Runs = Math.Min(_runsEach, _whole.Runs - run),
                };
            }

            var (at, piece) = Math.DivRem(index, _piecesEach);
            var skip = piece * Size;
            return new(
                _whole.First + (at * _whole.Distance) + skip,
                1,
                0,
                Math.Min(Size, _whole.Length - skip)
            );
        }
    }

    /// <summary>Packs of a chunk: additions that a lane takes one after the other.</summary>
    public int Additions => this[0].Runs * CeilingOf(this[0].Length, PackSizes.Lanes);

    public static int CeilingOf(int a, int b) => (a + b - 1) / b;
}
