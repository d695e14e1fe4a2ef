using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>
/// How the variance is computed. On data far from 0, Σx²/m − μ² loses what Σ(x − μ)²/m keeps, in the arithmetic in which
/// it is done: the tightest of four intervals that holds what came back is the answer.
/// </summary>
internal sealed class StatisticsTrait : Trait
{
    private const string OnePass = "one pass: Σx²/m − μ²";
    private const string TwoPass = "deviations from the mean";
    private const double Epsilon = 1e-3;

    private static readonly double[] s_offsets = [64, 4096, 1 << 20];

    private static readonly (MomentAlgorithm Algorithm, DType Sums)[] s_kinds =
    [
        (MomentAlgorithm.TwoPass, DType.F64),
        (MomentAlgorithm.OnePass, DType.F64),
        (MomentAlgorithm.TwoPass, DType.F32),
        (MomentAlgorithm.OnePass, DType.F32),
    ];

    public override string Id => "statistics";

    public override string Title => "how v is summed";

    public override bool Concerns(NormOp op) => op != NormOp.RmsNorm;

    public override string Of(Convention convention, NormOp op) =>
        convention.Algorithm == MomentAlgorithm.OnePass ? OnePass : TwoPass;

    public override TraitReport Ask(Subject subject)
    {
        var cases = s_offsets
            .Select(offset =>
                subject.Make(NormPass.ForwardTraining, Groups(subject.DType, offset), Epsilon)
            )
            .ToArray();
        if (cases.Any(each => each is null))
        {
            return NotAsked(subject.Reason(NormPass.ForwardTraining));
        }

        if (subject.Declines(cases!) is { } reason)
        {
            return NotAsked(reason);
        }

        foreach (var (algorithm, sums) in s_kinds.Where(kind => Possible(kind.Sums, subject.DType)))
        {
            var model = ContractLevels.Arithmetic(sums, subject.DType);
            var known = subject.Known with { Algorithm = algorithm };
            if (cases.All(each => subject.Agrees(each!, known, model, TensorRole.Y)))
            {
                subject.Known = known;
                return Told([Of(known, subject.Op)], cases[1]!, Arithmetic(algorithm, sums));
            }
        }

        return Told([], cases[1]!);
    }

    /// <summary>Sums in a narrower type than the data's are no answer.</summary>
    private static bool Possible(DType sums, DType data) => sums == DType.F64 || data != DType.F64;

    private static string Arithmetic(MomentAlgorithm algorithm, DType sums) =>
        (algorithm, sums) switch
        {
            (MomentAlgorithm.TwoPass, DType.F64) => "errors of binary64 at most",
            (MomentAlgorithm.OnePass, DType.F64) => "in binary64",
            (MomentAlgorithm.TwoPass, _) => "errors of binary32",
            _ => "in binary32",
        };

    /// <summary>Sixteen values a group, offset + k/64, in no regular order.</summary>
    private static double[][] Groups(DType dtype, double offset)
    {
        // In binary64 the same loss needs an offset that is 2²⁹ times as far.
        var far = dtype == DType.F64 ? Math.ScaleB(offset, 6) * offset : offset;
        return
        [
            .. Enumerable
                .Range(0, 4)
                .Select(group =>
                    Enumerable
                        .Range(0, 16)
                        .Select(k => far + (((k * 37) + (group * 11) + (k * k * 5)) % 101 / 16.0))
                        .ToArray()
                ),
        ];
    }
}
