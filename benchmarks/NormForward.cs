using BenchmarkDotNet.Attributes;
using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Benchmarks;

/// <summary>Training forward of the optimized kernels against the scalar baseline and the reference page.</summary>
[MemoryDiagnoser]
public class NormForward
{
    private readonly ScalarBackend _scalar = new();
    private readonly SimdBackend _simd = new();
    private NormProblem _problem = null!;
    private TensorSet _tensors = null!;

    /// <summary>Sizes that leave a tail in every vector width.</summary>
    [Params(
        "ln fwd f32 128x769",
        "rms fwd f32 128x769",
        "bn train f32 nchw 8x16x15x15",
        "bn train f32 nhwc 8x16x15x15",
        "gn fwd f32 nchw 2x30x15x15 groups=5"
    )]
    public string Problem { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _problem = ProblemText.Parse(Problem);
        _tensors = new TensorSet();
        var random = new Random(71);
        foreach (var spec in TensorPlan.For(_problem))
        {
            var tensor = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            tensor.CopyFrom([
                .. Enumerable.Range(0, (int)tensor.Count).Select(_ => 0.5 + random.NextDouble()),
            ]);
            _tensors[spec.Role] = tensor;
        }
    }

    [Benchmark(Baseline = true)]
    public RunOutcome Scalar() => _scalar.Run(_problem, _tensors);

    [Benchmark]
    public RunOutcome Simd() => _simd.Run(_problem, _tensors);

    [Benchmark]
    public object ReferencePage() => Reference.Reference.Binary64(_problem, _tensors);
}
