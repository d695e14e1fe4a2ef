using System.Security.Cryptography;
using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

/// <summary>The vector registers that this process uses, and one number for the outputs of a fixed set of problems.</summary>
internal static class WidthDigest
{
    public const string Word = "width-digest";

    private static readonly int[][] s_channelShapes =
    [
        [2, 6, 41],
        [37, 22, 1],
        [3, 2, 8219],
    ];

    private static readonly int[][] s_rowShapes =
    [
        [9, 77],
        [2, 8219],
        [67, 300],
    ];

    public static string Line()
    {
        using var plan = new NormPlan(ProblemText.Parse("ln fwd f32 1x1"));
        return $"{plan.VectorBits} {Digest()}";
    }

    private static string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var op in NormOps.All)
        {
            foreach (var dtype in DTypes.All)
            {
                var shapes = op.HasChannels() ? s_channelShapes : s_rowShapes;
                foreach (var problem in Cells.Of(op, dtype, shapes, groups: 2))
                {
                    var tensors = Seeded.Tensors(problem);
                    foreach (var tier in Cells.Tiers)
                    {
                        Bits.Append(
                            hash,
                            problem,
                            Bits.Run(problem, tensors, new() { Tier = tier })
                        );
                    }
                }
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
