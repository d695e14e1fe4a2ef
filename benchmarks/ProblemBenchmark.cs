using BenchmarkDotNet.Attributes;
using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Benchmarks;

/// <summary>
/// One problem, the same numbers in every run: both tiers, set up once, against the scalar baseline. Threads: as many as
/// there are processors, except in the baseline.
/// </summary>
[MemoryDiagnoser]
public abstract class ProblemBenchmark
{
    private const int Seed = 71;

    private readonly ScalarBackend _scalar = new();
    private IRepeatableCall _faithful = null!;
    private IRepeatableCall _fast = null!;

    protected NormProblem Parsed { get; private set; } = null!;

    protected TensorSet Tensors { get; private set; } = null!;

    protected abstract string Text { get; }

    [GlobalSetup]
    public virtual void Setup()
    {
        Parsed = ProblemText.Parse(Text);
        Tensors = new TensorSet();
        var random = new Random(Seed);
        foreach (var spec in TensorPlan.For(Parsed))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            foreach (var distance in tensor.Distances())
            {
                tensor.Write(distance, 0.5 + random.NextDouble());
            }

            Tensors[spec.Role] = tensor;
        }

        if (Parsed.Pass == NormPass.BackwardTraining)
        {
            SaveStatistics();
        }

        _faithful = Prepare(Tier.Faithful);
        _fast = Prepare(Tier.Fast);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _faithful.Dispose();
        _fast.Dispose();
    }

    [Benchmark(Baseline = true)]
    public RunOutcome Scalar() => _scalar.Run(Parsed, Tensors);

    [Benchmark]
    public void Faithful() => _faithful.Run();

    [Benchmark]
    public void Fast() => _fast.Run();

    private IRepeatableCall Prepare(Tier tier)
    {
        using var backend = new SimdBackend(new() { Tier = tier });
        return backend.Prepare(Parsed, Tensors)
            ?? throw new InvalidOperationException($"expected '{Text}' to be prepared");
    }

    /// <summary>A backward gets what its forward saved: other numbers would cost Faithful a second look at x.</summary>
    private void SaveStatistics()
    {
        var forward = Parsed with { Pass = NormPass.ForwardTraining };
        var own = Tensors.Clone();
        foreach (var spec in TensorPlan.For(forward).Where(spec => own[spec.Role] is null))
        {
            own[spec.Role] = new Tensor(spec.DType, spec.Shape);
        }

        using var backend = new SimdBackend();
        backend.Run(forward, own);
        Tensors[TensorRole.SavedMean] = own[TensorRole.SavedMean];
        Tensors[TensorRole.SavedInvStd] = own[TensorRole.SavedInvStd];
    }
}
