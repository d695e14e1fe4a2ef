using BenchmarkDotNet.Attributes;

namespace NormCheck.Benchmarks;

/// <summary>Layers of networks: ResNet-50, Stable Diffusion, BERT, GPT and LLaMA.</summary>
public class Networks : ProblemBenchmark
{
    [Params(
        "bn train f32 nchw 32x64x56x56",
        "bn train f32 nhwc 32x64x56x56",
        "bn bwd f32 nchw 32x64x56x56",
        "bn bwd f32 nhwc 32x64x56x56",
        "bn infer f32 nchw 32x256x14x14",
        "bn train f32 nchw 32x2048x7x7",
        "gn fwd f32 nchw 2x320x48x48 groups=32",
        "gn fwd f32 nhwc 2x320x48x48 groups=32",
        "gn bwd f32 nchw 2x320x48x48 groups=32",
        "ln fwd f32 384x768",
        "ln bwd f32 384x768",
        "ln fwd f32 2048x3072",
        "ln bwd f32 2048x3072",
        "rms fwd f32 512x4096",
        "rms bwd f32 512x4096"
    )]
    public string Problem { get; set; } = "";

    protected override string Text => Problem;
}
