using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Optimized;
using NormCheck.Verification.Judge;

namespace NormCheck.Golden.Nist;

/// <summary>The mean and 1/σ that something computed of one group.</summary>
internal readonly record struct Computed(Rational Mean, Rational? InverseStd);

/// <summary>
/// One way to mean and variance: an op whose only group is the whole set, on a kernel or a reading of the reference page.
/// </summary>
/// <param name="Name">What stands in the table.</param>
/// <param name="DType">Type of the data, so what the set is rounded to first.</param>
/// <param name="Level">The strongest contract it claims; null for a wrong kernel.</param>
/// <param name="Forms">Its problems for a set of m values; several where kernels differ by op and layout.</param>
/// <param name="Compute">Mean and 1/σ of one of these problems.</param>
internal sealed record MomentPath(
    string Name,
    DType DType,
    ContractLevel? Level,
    IReadOnlyList<string> Forms,
    Func<NormProblem, TensorSet, Computed> Compute
)
{
    private const string Row = "ln fwd {0} 1x{1} eps=0 affine=none";

    /// <summary>Every op that can have one group, and both layouts: each has kernels of its own.</summary>
    private static readonly string[] s_everyForm =
    [
        Row,
        "bn train {0} nc {1}x1 eps=0 affine=none running=no",
        "bn train {0} ncw 1x1x{1} eps=0 affine=none running=no",
        "bn train {0} nwc 1x1x{1} eps=0 affine=none running=no",
        "in fwd {0} ncw 1x1x{1} eps=0 affine=none",
        "gn fwd {0} nc 1x{1} groups=1 eps=0 affine=none",
        "gn fwd {0} nwc 1x1x{1} groups=1 eps=0 affine=none",
    ];

    /// <summary>Readings of the reference, our kernels, the correct variants, and the textbook's one-pass formula.</summary>
    public static IReadOnlyList<MomentPath> All { get; } =
    [
        Reading("reference binary64", tensors => tensors.Binary),
        Reading("reference double-double", tensors => tensors.Double),
        Reading("reference BigFloat", tensors => tensors.Big),
        Kernel("simd", DType.F64, ContractLevel.Compensated, s_everyForm, () => new SimdBackend()),
        Kernel(
            "scalar",
            DType.F64,
            ContractLevel.Compensated,
            s_everyForm,
            () => new ScalarBackend()
        ),
        .. VariantCatalogue.All.Select(variant =>
            Kernel(
                variant.Id,
                DType.F64,
                ContractLevels.Parse(variant.Contract),
                [Row],
                variant.Start
            )
        ),
        OnePass(DType.F64),
        Kernel("simd", DType.F32, ContractLevel.Faithful, s_everyForm, () => new SimdBackend()),
        Kernel(
            "simd:fast",
            DType.F32,
            ContractLevel.Pairwise,
            s_everyForm,
            () => new SimdBackend(new() { Tier = Tier.Fast })
        ),
        Kernel(
            "scalar",
            DType.F32,
            ContractLevel.CentreFirst,
            s_everyForm,
            () => new ScalarBackend()
        ),
        .. VariantCatalogue
            .All.Where(variant => variant.Id is "sequential" or "pairwise" or "welford" or "kahan")
            .Select(variant =>
                Kernel(
                    variant.Id,
                    DType.F32,
                    ContractLevels.Parse(variant.Contract),
                    [Row],
                    variant.Start
                )
            ),
        OnePass(DType.F32),
    ];

    public string Title => $"{Name} {DType.Word()}";

    /// <summary>Problem and tensors of one form for a set; x is rounded once to the path's type.</summary>
    public (NormProblem Problem, TensorSet Tensors) Of(string form, NistSet set)
    {
        var problem = ProblemText.Parse(
            string.Format(
                System.Globalization.CultureInfo.InvariantCulture,
                form,
                DType.Word(),
                set.Values.Count
            )
        );
        var tensors = new TensorSet();
        foreach (var spec in TensorPlan.For(problem))
        {
            tensors[spec.Role] = new(spec.DType, spec.Shape, [.. spec.Strides]);
        }

        tensors.Require(TensorRole.X).CopyFrom(set.Rounded);
        return (problem, tensors);
    }

    private static MomentPath OnePass(DType dtype)
    {
        const string Id = "canc-01";
        var fault = FaultCatalogue.All.Single(each => each.Id == Id);
        return Kernel($"one-pass (fault {Id})", dtype, null, [Row], fault.Start);
    }

    private static MomentPath Kernel(
        string name,
        DType dtype,
        ContractLevel? level,
        IReadOnlyList<string> forms,
        Func<INormBackend> start
    ) =>
        new(
            name,
            dtype,
            level,
            forms,
            (problem, tensors) =>
            {
                using var backend = start();
                var outcome = backend.Run(problem, tensors);
                Assert.True(outcome.Status == RunStatus.Completed, $"{name}: {outcome.Message}");
                var inverse = tensors.Require(TensorRole.SavedInvStd).Read(0);
                return new(
                    Rational.Of(tensors.Require(TensorRole.SavedMean).Read(0)),
                    double.IsFinite(inverse) ? Rational.Of(inverse) : null
                );
            }
        );

    private sealed class Readings(NormProblem problem, TensorSet tensors)
    {
        public Computed Binary
        {
            get
            {
                var read = Reference.Reference.Binary64(problem, tensors);
                return new(
                    Rational.Of(read[TensorRole.SavedMean][0]),
                    Rational.Of(read[TensorRole.SavedInvStd][0])
                );
            }
        }

        public Computed Double
        {
            get
            {
                var read = Reference.Reference.DoubleDouble(problem, tensors);
                return new(
                    Sum(read[TensorRole.SavedMean][0]),
                    Sum(read[TensorRole.SavedInvStd][0])
                );
            }
        }

        public Computed Big
        {
            get
            {
                var read = Reference.Reference.BigFloat(problem, tensors);
                return new(
                    Sum(read[TensorRole.SavedMean][0].ToDoubleDouble()),
                    Sum(read[TensorRole.SavedInvStd][0].ToDoubleDouble())
                );
            }
        }

        private static Rational Sum(Reference.DoubleDouble value) =>
            Rational.Of(value.Hi) + Rational.Of(value.Lo);
    }

    private static MomentPath Reading(string name, Func<Readings, Computed> read) =>
        new(
            name,
            DType.F64,
            null,
            [Row],
            (problem, tensors) => read(new Readings(problem, tensors))
        );
}
