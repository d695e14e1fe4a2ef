using BenchmarkDotNet.Attributes;

namespace NormCheck.Benchmarks;

/// <summary>The 16-bit types, and f64 beside them.</summary>
public class SixteenBits : ProblemBenchmark
{
    [Params(
        "ln fwd f16 384x768",
        "ln fwd bf16 384x768",
        "ln fwd f64 384x768",
        "ln bwd bf16 384x768",
        "bn train f16 nchw 32x64x28x28",
        "bn train bf16 nhwc 32x64x28x28",
        "bn bwd bf16 nhwc 32x64x28x28"
    )]
    public string Problem { get; set; } = "";

    protected override string Text => Problem;
}
