using NormCheck.Contract;
using NormCheck.Reference;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>Where a 16-bit result is rounded: once at the end, or before γ and β are applied.</summary>
internal sealed class CastTrait()
    : OptionTrait<CastPoint>(
        (CastPoint.AfterAffine, "once, at the end"),
        (CastPoint.BeforeAffine, "before γ and β too")
    )
{
    public override string Id => "cast";

    public override string Title => "rounding to 16 bits";

    public override bool Concerns(NormOp op) => op != NormOp.BatchRenorm;

    protected override CastPoint Get(Convention convention) => convention.CastPoint;

    protected override Convention Set(Convention convention, CastPoint value) =>
        convention with
        {
            CastPoint = value,
        };

    /// <summary>ONNX says it of the operators that have a stash type.</summary>
    public override string? Of(Convention convention, NormOp op) =>
        convention.CastPoint == CastPoint.BeforeAffine
        && op is NormOp.BatchNorm or NormOp.InstanceNorm
            ? null
            : base.Of(convention, op);

    public override TraitReport Ask(Subject subject)
    {
        DType[] narrow = [DType.BF16, DType.F16];
        var plain = narrow
            .Select(type => subject.Make(NormPass.ForwardTraining, Groups(), 1e-3, type))
            .FirstOrDefault(each => each is not null);
        if (plain is null)
        {
            return NotAsked("it has no type of 16 bits");
        }

        // γ with as many digits as x̂, so that rounding x̂ shows.
        var affine = subject.Scaled(
            plain,
            slot => 1.1640625 + (slot % 7 / 128.0),
            slot => 0.25 - (slot % 5 / 64.0),
            AffineParts.Both,
            AffineParts.Scale
        );
        if (subject.Declines([affine]) is { } reason)
        {
            return NotAsked(reason);
        }

        // Rounding x̂ changes nothing where γ = 1 and β = 0: what is off there is coarser in another way.
        if (!subject.Agrees(plain, subject.Known, TensorRole.Y))
        {
            return Coarser(subject, affine);
        }

        // Rounding once is a special case of rounding twice, as far as intervals go.
        var report = Choose(subject, Answers, [affine], TensorRole.Y);
        return report.Possible.Count > 1 ? report with { Possible = [report.Possible[0]] } : report;
    }

    /// <summary>So coarse that it may be either.</summary>
    private TraitReport Coarser(Subject subject, Case affine)
    {
        var type = affine.Problem.DType;
        (RoundingModel Model, string Remark)[] models =
        [
            (
                ContractLevel.StatisticsInStorage.Model(type),
                $"errors as if μ and 1/σ were rounded to {type.Word()}"
            ),
            (
                ContractLevels.StorageArithmetic(type),
                $"errors as if all arithmetic were {type.Word()}"
            ),
        ];
        var fits = Array.FindIndex(
            models,
            each => subject.Agrees(affine, subject.Known, each.Model, TensorRole.Y)
        );
        return fits < 0
            ? Told([], affine)
            : Told(Answers.Select(each => each.Words), affine, models[fits].Remark);
    }

    private static double[][] Groups() =>
        [
            .. Enumerable
                .Range(0, 4)
                .Select(group =>
                    Enumerable
                        .Range(0, 24)
                        .Select(k => (((k * 29) + (group * 13) + (k * k * 3)) % 97 / 16.0) - 3)
                        .ToArray()
                ),
        ];
}
