using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Optimized;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Properties.Laws;

/// <summary>Every law on every kernel that is known to be correct: none may be accused.</summary>
public class LawProperties
{
    private static readonly Subject[] s_correct =
    [
        new("simd", ContractLevel.AnyOrder, () => new GuardedBackend(new SimdBackend())),
        new("scalar", ContractLevel.AnyOrder, () => new GuardedBackend(new ScalarBackend())),
        new("a reader", ContractLevel.AnyOrder, () => new GuardedBackend(new ReadingBackend())),
        .. VariantCatalogue.All.Select(variant => new Subject(
            variant.Id,
            ContractLevels.Parse(variant.Contract),
            () => new GuardedBackend(variant.Start())
        )),
    ];

    public static TheoryData<string> Ids => [.. LawCatalogue.All.Select(law => law.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void No_correct_kernel_breaks_it(string id)
    {
        var law = LawCatalogue.Get(id);
        var selection = new CaseSelection
        {
            Ops = law.Ops,
            Passes = law.Passes,
            Strides = true,
        };
        var rows = new LawMatrix(s_correct, [law], selection, Run.Seed).Run(
            Run.Depth,
            Environment.ProcessorCount
        );
        var broken = rows.SelectMany(row =>
            row.Cells.Where(cell => cell.IsBroken)
                .Select(cell => $"{row.Subject}: {cell.Detail}\n  {cell.BrokenBy}")
        );
        Assert.True(!broken.Any(), string.Join('\n', broken));
        Assert.True(rows.Sum(row => row.Cells[0].Held) > 0, "the law was never tried");
    }

    /// <summary>Calls on which laws once accused a right answer: a variance that is subnormal, a clip that is renorm's.</summary>
    [SkippableTheory]
    [InlineData(
        "simd:fast",
        "ln fwd f64 1x6 axis=-2 eps=0 affine=none saved=no x=[0,-2e-160,0,0,0,-1e-160]",
        "pairwise"
    )]
    [InlineData(
        "native:two_pass.so",
        "bn train f32 nc 1x1 eps=1e-05 momentum=0.1 affine=none saved=no running=no x=[0]",
        "any-order"
    )]
    [InlineData(
        "variant:peeled",
        "in fwd f32 ncw 3x2x7 eps=1e-05 affine=none saved=no data=offset:10000 seed=903957",
        "any-order"
    )]
    public void Right_answers_once_accused_are_so_no_more(
        string backend,
        string text,
        string contract
    )
    {
        using var folder = new Cli.TemporaryFolder();
        if (backend.StartsWith("native:", StringComparison.Ordinal))
        {
            Tools.NeedCompiler();
            Tools.Run("bash", $"{Tools.Root}/backends/native/examples/build.sh", folder.File("."));
            backend = $"native:{folder.File(backend["native:".Length..])}";
        }

        var run = Cli.CommandLine.Run("check", backend, text, "--contract", contract);

        Assert.True(run.Code == 0, run.Out + run.Error);
    }

    [Fact]
    public void Ids_are_unique_words() =>
        Assert.All(
            LawCatalogue.All,
            law =>
            {
                Assert.Matches("^[a-z0-9-]+$", law.Id);
                Assert.Single(LawCatalogue.All, other => other.Id == law.Id);
                Assert.EndsWith(".", law.Statement);
            }
        );
}
