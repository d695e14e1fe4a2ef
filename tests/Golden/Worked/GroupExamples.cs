using NormCheck.Contract;

namespace NormCheck.Golden.Worked;

/// <summary>Which elements share statistics and which share γ: group and instance norm of systems that differ on it.</summary>
public class GroupExamples
{
    private const string Channels =
        "gn fwd f64 ncw 1x4x2 groups=2 eps=0.001 x=[1,2,6,-3,0.5,4.25,-7,3] ";
    private static readonly int[][] s_contiguous =
    [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ];
    private static readonly int[][] s_interleaved =
    [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
    ];

    /// <summary>x̂ over groups of element numbers.</summary>
    private static Rational[] Normalized(Example.Given given, int[][] groups)
    {
        var y = new Rational[given.X.Length];
        foreach (var elements in groups)
        {
            var group = new Group([.. elements.Select(i => given.X[i])]);
            var root = (group.Variance + given.Eps).Root();
            foreach (var i in elements)
            {
                y[i] = (given.X[i] - group.Mean) / root;
            }
        }

        return y;
    }

    /// <summary>Contiguous blocks of channels, a scale per channel (paper, PyTorch, ONNX 21); MLX takes c mod G.</summary>
    [Theory]
    [InlineData("pytorch", false)]
    [InlineData("onnx", false)]
    [InlineData("mlx", true)]
    public void Group_norm(string convention, bool interleaved) =>
        Example.Holds(
            $"{Channels}convention={convention} gamma=[2,3,-1,0.5] beta=[1,5,0.25,-2]",
            TensorRole.Y,
            given =>
                [
                    .. Normalized(given, interleaved ? s_interleaved : s_contiguous)
                        .Select(
                            (xhat, i) =>
                                (given[TensorRole.Gamma][i / 2] * xhat)
                                + given[TensorRole.Beta][i / 2]
                        ),
                ]
        );

    /// <summary>ONNX GroupNormalization-18: a scale per group.</summary>
    [Fact]
    public void Group_norm_with_a_scale_for_each_group() =>
        Example.Holds(
            $"{Channels}convention=onnx-gn18 gamma=[2,3] beta=[1,5]",
            TensorRole.Y,
            given =>
                [
                    .. Normalized(given, s_contiguous)
                        .Select(
                            (xhat, i) =>
                                (given[TensorRole.Gamma][i / 4] * xhat)
                                + given[TensorRole.Beta][i / 4]
                        ),
                ]
        );

    /// <summary>γ varies inside a group, so it stays under the sums: the group's g is γ·dy element by element.</summary>
    [Theory]
    [InlineData("pytorch", false)]
    [InlineData("mlx", true)]
    public void Group_norm_backward(string convention, bool interleaved) =>
        Example.Holds(
            "gn bwd f64 ncw 1x4x2 groups=2 eps=0.001 saved=no x=[1,2,6,-3,0.5,4.25,-7,3] "
                + $"convention={convention} gamma=[2,3,-1,0.5] dy=[1,-1,0.5,2,-0.25,3,1,0.125]",
            given =>
            {
                var (dx, terms) = (new Rational[8], new Rational[8]);
                foreach (var elements in interleaved ? s_interleaved : s_contiguous)
                {
                    var (own, normalized) = ChainRule.Centred(
                        [.. elements.Select(i => given.X[i])],
                        [.. elements.Select(i => given[TensorRole.Gamma][i / 2] * given.Dy[i])],
                        given.Eps
                    );
                    for (var k = 0; k < elements.Length; k++)
                    {
                        dx[elements[k]] = own[k];
                        terms[elements[k]] = given.Dy[elements[k]] * normalized[k];
                    }
                }

                return
                [
                    (TensorRole.Dx, dx),
                    (TensorRole.DGamma, [.. terms.Chunk(2).Select(pair => pair.Sum())]),
                    (TensorRole.DBeta, [.. given.Dy.Chunk(2).Select(pair => pair.Sum())]),
                ];
            }
        );

    /// <summary>Instance norm: positions of one channel of one sample; γ of the channel.</summary>
    [Theory]
    [InlineData("pytorch")]
    [InlineData("onnx")]
    public void Instance_norm(string convention) =>
        Example.Holds(
            $"in fwd f64 ncw 2x2x2 eps=0.001 convention={convention} x=[1,2,6,-3,0.5,4.25,-7,3] gamma=[2,-3] beta=[1,5]",
            TensorRole.Y,
            given =>
                [
                    .. Normalized(
                            given,
                            [
                                [0, 1],
                                [2, 3],
                                [4, 5],
                                [6, 7],
                            ]
                        )
                        .Select(
                            (xhat, i) =>
                                (given[TensorRole.Gamma][i / 2 % 2] * xhat)
                                + given[TensorRole.Beta][i / 2 % 2]
                        ),
                ]
        );
}
