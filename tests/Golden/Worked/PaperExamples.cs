using NormCheck.Contract;

namespace NormCheck.Golden.Worked;

/// <summary>
/// The papers' algorithms, line by line as printed. Batch normalization: S. Ioffe and C. Szegedy 2015, arXiv 1502.03167,
/// algorithms 1 and 2 and the chain rule of section 3. Layer normalization: Ba, Kiros, Hinton 2016, arXiv 1607.06450. Root
/// mean square: Zhang and Sennrich 2019, arXiv 1910.07467.
/// </summary>
public class PaperExamples
{
    /// <summary>Well and badly conditioned batches, m from 2 to 6.</summary>
    public static TheoryData<string, string> Batches =>
        new()
        {
            { "[1,2]", "[1,0.5]" },
            { "[1,2,6]", "[1,-1,0.5]" },
            { "[1,2,6,-3]", "[0.5,-1,0.25,2]" },
            { "[0.5,0.25,-8,3,3.125]", "[-1,1,2,-0.75,0.125]" },
            { "[1000000.5,1000001,999999.25,1000003]", "[3,-1,0.25,2]" },
            { "[1e-3,-2e-3,5e-4,7e-4,1e-3,0]", "[1,2,3,-4,5,-6.5]" },
        };

    private static string Case(string words, string x, string rest) =>
        $"{words.Replace("M", $"{x.Split(',').Length}", StringComparison.Ordinal)} x={x} {rest}";

    /// <summary>Algorithm 1: μ_B, σ²_B with divisor m, x̂ = (x − μ_B)/√(σ²_B + ε), y = γx̂ + β.</summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Batch_norm_algorithm_1(string x, string dy)
    {
        _ = dy;
        Example.Holds(
            Case(
                "bn train f64 nc Mx1 eps=0.001 convention=paper running=no",
                x,
                "gamma=[1.5] beta=[-0.25]"
            ),
            given =>
            {
                var batch = new Group(given.X);
                var root = (batch.Variance + given.Eps).Root();
                return
                [
                    (
                        TensorRole.Y,
                        [
                            .. given.X.Select(x =>
                                (given.Gamma * ((x - batch.Mean) / root)) + given.Beta
                            ),
                        ]
                    ),
                    (TensorRole.SavedMean, [batch.Mean]),
                    (TensorRole.SavedInvStd, [1 / root]),
                ];
            }
        );
    }

    /// <summary>
    /// Algorithm 2, last lines: y = γ/√(Var + ε)·x + (β − γE/√(Var + ε)) with given E and Var. In this form, not as (x − E)/√….
    /// </summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Batch_norm_algorithm_2_inference(string x, string dy)
    {
        _ = dy;
        Example.Holds(
            Case(
                "bn infer f64 nc Mx1 eps=0.001 convention=paper",
                x,
                "gamma=[1.5] beta=[-0.25] running_mean=[0.75] running_var=[2.5]"
            ),
            TensorRole.Y,
            given =>
            {
                var scale = given.Gamma / (given.RunningVar + given.Eps).Root();
                var shift = given.Beta - (scale * given.RunningMean);
                return [.. given.X.Select(x => (scale * x) + shift)];
            }
        );
    }

    /// <summary>The chain rule as the paper writes it, through ∂ℓ/∂σ² and ∂ℓ/∂μ.</summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Batch_norm_chain_rule(string x, string dy) =>
        Example.Holds(
            Case(
                "bn bwd f64 nc Mx1 eps=0.001 saved=no convention=paper",
                x,
                $"gamma=[1.5] dy={dy}"
            ),
            given =>
            {
                var (dx, normalized) = ChainRule.Centred(
                    given.X,
                    [.. given.Dy.Select(dy => given.Gamma * dy)],
                    given.Eps
                );
                return
                [
                    (TensorRole.Dx, dx),
                    (TensorRole.DGamma, [given.Dy.Dot(normalized)]),
                    (TensorRole.DBeta, [given.Dy.Sum()]),
                ];
            }
        );

    /// <summary>Layer norm: the same statistics over the units of one sample, gain and bias for each unit.</summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Layer_norm_forward_and_backward(string x, string dy)
    {
        var m = x.Split(',').Length;
        var gains = $"[{string.Join(',', Enumerable.Range(1, m).Select(k => 0.5 * k))}]";
        var biases = $"[{string.Join(',', Enumerable.Range(1, m).Select(k => k - 2.25))}]";
        Example.Holds(
            Case("ln fwd f64 1xM eps=0.001", x, $"gamma={gains} beta={biases}"),
            TensorRole.Y,
            given =>
            {
                var layer = new Group(given.X);
                var root = (layer.Variance + given.Eps).Root();
                var (gamma, beta) = (given[TensorRole.Gamma], given[TensorRole.Beta]);
                return
                [
                    .. given.X.Select((x, k) => (gamma[k] * (x - layer.Mean) / root) + beta[k]),
                ];
            }
        );
        Example.Holds(
            Case("ln bwd f64 1xM eps=0.001 saved=no", x, $"gamma={gains} dy={dy}"),
            given =>
            {
                var (dx, normalized) = ChainRule.Centred(
                    given.X,
                    given[TensorRole.Gamma].Times(given.Dy),
                    given.Eps
                );
                return
                [
                    (TensorRole.Dx, dx),
                    (TensorRole.DGamma, given.Dy.Times(normalized)),
                    (TensorRole.DBeta, given.Dy),
                ];
            }
        );
    }

    /// <summary>
    /// RMS norm, y = γx/√(Σx²/m + ε) (the paper has no ε). With q the root: ∂y_k/∂x_i = γ_k(δ_ki/q − x_k·x_i/(m·q³)).
    /// </summary>
    [Theory]
    [MemberData(nameof(Batches))]
    public void Rms_norm_forward_and_backward(string x, string dy)
    {
        Example.Holds(
            Case("rms fwd f64 1xM eps=0.001 affine=none", x, ""),
            TensorRole.Y,
            given =>
            {
                var root = (new Group(given.X).MeanSquare + given.Eps).Root();
                return [.. given.X.Select(x => x / root)];
            }
        );
        Example.Holds(
            Case("rms bwd f64 1xM eps=0.001 affine=none saved=no", x, $"dy={dy}"),
            TensorRole.Dx,
            given =>
            {
                var square = new Group(given.X).MeanSquare + given.Eps;
                var root = square.Root();
                var cube = square * root;
                var along = given.Dy.Dot(given.X) / given.X.Length;
                return [.. given.X.Select((x, i) => (given.Dy[i] / root) - (x * along / cube))];
            }
        );
    }
}
