using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace NormCheck.Verification.Timing;

/// <summary>
/// What a copy moves on this machine: two buffers of 128 MiB, ordinary and non-temporal stores, as many threads as the
/// kernels may use. The copy with non-temporal stores is the yardstick: ordinary stores read what they overwrite.
/// </summary>
public sealed unsafe class CopyBandwidth : IDisposable
{
    private const int Length = 128 << 20;
    private const int Piece = 1 << 20;

    private readonly AlignedMemory _source = new(Length);
    private readonly AlignedMemory _target = new(Length, lines: 9);
    private readonly ParallelOptions _threads;
    private readonly List<double> _ordinary = [];
    private readonly List<double> _nonTemporal = [];

    public CopyBandwidth(int threads)
    {
        _threads = new() { MaxDegreeOfParallelism = threads };
        new Random(1).NextBytes(_source.GetSpan());
        _target.GetSpan().Clear();
    }

    /// <summary>Median of the samples, in bytes read and written per nanosecond (GB/s).</summary>
    public double Ordinary => Median.Of(_ordinary);

    /// <summary>The same with non-temporal stores.</summary>
    public double NonTemporal => Median.Of(_nonTemporal);

    /// <summary>Number of samples of each kind.</summary>
    public int Samples => _ordinary.Count;

    /// <summary>Copies that do not count: the code is compiled.</summary>
    public void WarmUp()
    {
        for (var k = 0; k < 5; k++)
        {
            _ = Measure(nonTemporal: false);
            _ = Measure(nonTemporal: true);
        }
    }

    /// <summary>Takes some samples of both kinds in turn; gives the median of these with non-temporal stores.</summary>
    public double Sample(int repetitions)
    {
        for (var k = 0; k < repetitions; k++)
        {
            _ordinary.Add(Measure(nonTemporal: false));
            _nonTemporal.Add(Measure(nonTemporal: true));
        }

        return Median.Of(_nonTemporal.TakeLast(repetitions));
    }

    public void Dispose()
    {
        ((IDisposable)_source).Dispose();
        ((IDisposable)_target).Dispose();
    }

    private double Measure(bool nonTemporal)
    {
        var begin = Stopwatch.GetTimestamp();
        Parallel.For(
            0,
            Length / Piece,
            _threads,
            piece =>
            {
                var from = _source.Data + ((nint)piece * Piece);
                var to = _target.Data + ((nint)piece * Piece);
                if (nonTemporal)
                {
                    Stream(from, to);
                }
                else
                {
                    Copy(from, to);
                }
            }
        );
        return 2.0 * Length / Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
    }

    private static void Copy(byte* from, byte* to)
    {
        for (nint at = 0; at < Piece; at += 4 * Vector256<byte>.Count)
        {
            for (var k = 0; k < 4; k++)
            {
                var here = at + (k * Vector256<byte>.Count);
                Vector256.Store(Vector256.Load(from + here), to + here);
            }
        }
    }

    private static void Stream(byte* from, byte* to)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            for (nint at = 0; at < Piece; at += Vector512<byte>.Count)
            {
                Vector512.StoreAlignedNonTemporal(Vector512.Load(from + at), to + at);
            }

            return;
        }

        for (nint at = 0; at < Piece; at += Vector256<byte>.Count)
        {
            Vector256.StoreAlignedNonTemporal(Vector256.Load(from + at), to + at);
        }
    }
}
