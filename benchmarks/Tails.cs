using BenchmarkDotNet.Attributes;

namespace NormCheck.Benchmarks;

/// <summary>Sizes that leave a tail in every vector width, small enough for the reference page.</summary>
public class Tails : ProblemBenchmark
{
    [Params(
        "ln fwd f32 128x769",
        "ln bwd f32 128x769",
        "rms fwd f32 128x769",
        "bn train f32 nchw 8x16x15x15",
        "bn train f32 nhwc 8x17x15x15",
        "bn bwd f32 nhwc 8x17x15x15",
        "in fwd f32 nchw 2x30x15x15",
        "gn fwd f32 nchw 2x30x15x15 groups=5"
    )]
    public string Problem { get; set; } = "";

    protected override string Text => Problem;

    [Benchmark]
    public object ReferencePage() => Reference.Reference.Binary64(Parsed, Tensors);
}
