using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Optimized;
using NormCheck.Optimized.Gpu;

namespace NormCheck.GpuBenchmarks;

/// <summary>
/// One row a problem: medians by the clock of the device, beside a copy that was timed just before. What Faithful computed
/// is compared with backend <c>simd</c>, bit for bit.
/// </summary>
internal sealed class BenchTable(GpuQueue queue, BenchOptions options)
{
    private sealed record Row(
        string Problem,
        string Tier,
        double Microseconds,
        double GigabytesPerSecond,
        double OfCopy,
        int Calls,
        string Bits
    );

    /// <summary>Calls between two looks at the clock of the host.</summary>
    private const int Batch = 8;

    private readonly List<Row> _rows = [];

    /// <summary>False where a result was wrong.</summary>
    public bool Run()
    {
        Console.WriteLine(
            $"{"problem", -44} {"tier", -9} {"median", 11} {"GB/s", 8} {"of copy", 8} {"calls", 6}  bits"
        );
        foreach (var text in options.Problems)
        {
            var problem = ProblemText.Parse(text).Validated();
            using var data = new BenchData(queue, problem, options.Seed);
            foreach (var tier in Enum.GetValues<Tier>())
            {
                if (
                    (problem.DType == DType.F64 && tier == Tier.Fast)
                    || GpuNormPlan.Refuses(problem, tier, queue.Device) is not null
                )
                {
                    continue;
                }

                var row = Time(text, problem, tier, data);
                _rows.Add(row);
                Console.WriteLine(
                    $"{text, -44} {row.Tier, -9} {row.Microseconds, 8:F1} µs {row.GigabytesPerSecond, 8:F1} {row.OfCopy, 8:F2} {row.Calls, 6}  {row.Bits}"
                );
            }
        }

        if (options.Json is { } file)
        {
            File.WriteAllText(
                file,
                JsonSerializer.Serialize(
                    new { device = queue.Device.ToString(), rows = _rows },
                    new JsonSerializerOptions { WriteIndented = true }
                )
            );
        }

        return _rows.TrueForAll(row => row.Bits != Differ);
    }

    private const string Differ = "DIFFER";

    private Row Time(string text, NormProblem problem, Tier tier, BenchData data)
    {
        using var plan = new GpuNormPlan(queue, problem, tier);

        // The first call, from fresh data, is the one whose results are looked at; it compiles, too.
        Restore(problem, data);
        plan.Enqueue(data.First);
        var bits = tier == Tier.Faithful ? Compare(problem, data) : "-";
        var copy = CopyBandwidth.Measure(queue, options.Seconds / 4);
        var times = Repeat(() => plan.Enqueue(data.Next()), options.Seconds);
        var seconds = Median(times);
        var speed = data.Traffic / seconds / 1e9;
        return new(text, tier.ToString(), seconds * 1e6, speed, speed / copy, times.Count, bits);
    }

    /// <summary>Seconds of each call, by marks in the queue.</summary>
    private List<double> Repeat(Action call, double seconds)
    {
        for (var i = 0; i < Batch; i++)
        {
            call();
        }

        queue.Finish();
        return CopyBandwidth.Repeat(queue, call, seconds, Batch);
    }

    private void Restore(NormProblem problem, BenchData data)
    {
        foreach (var spec in TensorPlan.For(problem))
        {
            queue.Write(data.First[spec.Role]!, data.Host.Require(spec.Role).Data.Span);
        }
    }

    private string Compare(NormProblem problem, BenchData data)
    {
        var expected = data.Host.Clone();
        using var cpu = new SimdBackend();
        cpu.Run(problem, expected);
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsOutput))
        {
            var bytes = new byte[spec.Shape.Count * spec.DType.Size()];
            queue.Read(data.First[spec.Role]!, bytes);
            if (!bytes.AsSpan().SequenceEqual(expected.Require(spec.Role).Data.Span))
            {
                return Differ;
            }
        }

        return "same";
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
