using System.Diagnostics;
using NormCheck.Optimized.Gpu;

namespace NormCheck.GpuBenchmarks;

/// <summary>What a copy moves within the device, both ways counted: the yardstick.</summary>
internal static class CopyBandwidth
{
    private const long Smallest = 64L << 20;

    /// <summary>Median, in GB/s, of copies between buffers that are larger than the last cache.</summary>
    public static double Measure(GpuQueue queue, double seconds)
    {
        var bytes = Math.Max(Smallest, 2 * queue.Device.CacheBytes);
        using var from = queue.Allocate(bytes);
        using var to = queue.Allocate(bytes);
        queue.Write(from, new byte[bytes]);
        queue.Copy(from, to);
        queue.Finish();
        var times = Repeat(queue, () => queue.Copy(from, to), seconds, batch: 4);
        times.Sort();
        return 2 * bytes / times[times.Count / 2] / 1e9;
    }

    /// <summary>Calls until the time is over, each between two marks of the queue; their seconds.</summary>
    public static List<double> Repeat(GpuQueue queue, Action call, double seconds, int batch)
    {
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        do
        {
            var marks = new List<GpuMark> { queue.Mark() };
            for (var i = 0; i < batch; i++)
            {
                call();
                marks.Add(queue.Mark());
            }

            queue.Finish();
            for (var i = 0; i < batch; i++)
            {
                times.Add(marks[i + 1].SecondsSince(marks[i]));
            }

            marks.ForEach(mark => mark.Dispose());
        } while (clock.Elapsed.TotalSeconds < seconds);

        return times;
    }
}
