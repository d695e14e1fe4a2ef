using NormCheck.Contract;
using NormCheck.Optimized.Gpu;

namespace NormCheck.GpuBenchmarks;

/// <summary>
/// Tensors of a problem on the device, so many sets of them that one set has left the last cache before it is used again.
/// </summary>
internal sealed class BenchData : IDisposable
{
    /// <summary>Sets together take more than this many times the last cache.</summary>
    private const int Caches = 3;
    private const int MostSets = 64;

    private readonly List<GpuTensors> _sets = [];
    private int _next;

    public BenchData(GpuQueue queue, NormProblem problem, int seed)
    {
        var specs = TensorPlan.For(problem);
        Traffic = specs.Sum(Bytes);
        Host = Tensors(specs, seed);
        var sets = Math.Clamp(
            (int)(Caches * queue.Device.CacheBytes / Traffic) + 2,
            2,
            Math.Min(MostSets, Math.Max(2, (int)(queue.Device.MemoryBytes / 2 / Traffic)))
        );
        for (var i = 0; i < sets; i++)
        {
            var set = new GpuTensors();
            foreach (var spec in specs)
            {
                set[spec.Role] = queue.Allocate(Bytes(spec));
                queue.Write(set[spec.Role]!, Host.Require(spec.Role).Data.Span);
            }

            _sets.Add(set);
        }
    }

    /// <summary>Each input read once and each output written once, in bytes.</summary>
    public long Traffic { get; }

    public int Sets => _sets.Count;

    /// <summary>The same tensors on the host, as they were before the first call.</summary>
    public TensorSet Host { get; }

    public GpuTensors First => _sets[0];

    public GpuTensors Next() => _sets[_next++ % _sets.Count];

    public void Dispose()
    {
        foreach (var set in _sets)
        {
            foreach (var role in TensorRoles.All)
            {
                set[role]?.Dispose();
            }
        }
    }

    private static long Bytes(TensorSpec spec) => spec.Shape.Count * spec.DType.Size();

    private static TensorSet Tensors(IReadOnlyList<TensorSpec> specs, int seed)
    {
        var random = new Random(seed);
        var tensors = new TensorSet();
        foreach (var spec in specs)
        {
            var tensor = new Tensor(spec.DType, spec.Shape);
            for (long i = 0; i < tensor.Count; i++)
            {
                // Nearly normal; what is a spread or a scale stays positive.
                var bell = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
                var isPositive =
                    spec.Role
                    is TensorRole.Gamma
                        or TensorRole.RunningVar
                        or TensorRole.RunningStd
                        or TensorRole.SavedInvStd;
                tensor.Write(i, isPositive ? 0.5 + random.NextDouble() : 2 * bell);
            }

            tensors[spec.Role] = tensor;
        }

        return tensors;
    }
}
