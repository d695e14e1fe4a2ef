using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>The libraries of backends/native/examples, built once into a folder of their own.</summary>
public sealed class ExampleLibraries
{
    private readonly Lazy<string> _folder = new(() =>
    {
        var folder = Scratch.Folder("examples");
        var (code, output) = Tools.Run(
            "bash",
            System.IO.Path.Combine(Tools.Root, "backends/native/examples/build.sh"),
            folder
        );
        Assert.True(code == 0, output);
        return folder;
    });

    public string Path(string name) => System.IO.Path.Combine(_folder.Value, $"{name}.so");
}

public class NativeExamples(ExampleLibraries examples) : IClassFixture<ExampleLibraries>
{
    private CampaignReport Verify(string name, long cases)
    {
        Tools.NeedCompiler();
        var path = examples.Path(name);
        var options = new CampaignOptions { Cases = cases, Workers = 1 };
        return new Campaign(() => new NativeBackend(path, TimeSpan.FromSeconds(2)), options).Run(
            name,
            name
        );
    }

    [SkippableFact]
    public void The_two_pass_kernel_holds()
    {
        var report = Verify("two_pass", 448);
        Assert.Empty(
            report.Findings.Select(finding =>
                $"{finding.Cause.Id}: {finding.Case} {finding.Detail}"
            )
        );
        Assert.Equal(448, report.Cases);
        Assert.Equal(112, report.Cells.Count(cell => cell.Cases > 0));
    }

    [SkippableTheory]
    [InlineData("one_pass", "one-pass-variance", 1120)]
    [InlineData("reads_past_end", "out-of-bounds-read", 112)]
    [InlineData("writes_before_start", "out-of-bounds-write", 112)]
    [InlineData("modifies_input", "input-modified", 112)]
    [InlineData("crashes", "signal", 112)]
    [InlineData("hangs", "time-out", 30)]
    public void A_wrong_kernel_is_named(string name, string cause, long cases)
    {
        var report = Verify(name, cases);
        var outputs = report.Findings.Where(finding => finding.Status != Signature.Lawless);
        Assert.NotEmpty(outputs);
        Assert.All(outputs, finding => Assert.Equal(cause, finding.Cause.Id));
    }

    [SkippableTheory]
    [InlineData("wrong_abi", "ABI version 1")]
    public void A_library_of_another_abi_is_refused(string name, string says)
    {
        Tools.NeedCompiler();
        var error = Assert.Throws<InputException>(() => new NativeBackend(examples.Path(name)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [SkippableFact]
    public void A_library_without_the_functions_is_refused()
    {
        Tools.NeedCompiler();
        var folder = Scratch.Folder("empty");
        var source = Path.Combine(folder, "empty.c");
        File.WriteAllText(source, "int unrelated(void) { return 1; }\n");
        var library = Path.Combine(folder, "empty.so");
        Assert.Equal(0, Tools.Run("cc", "-shared", "-fPIC", "-o", library, source).Code);
        var error = Assert.Throws<InputException>(() => new NativeBackend(library));
        Assert.Contains("normcheck_describe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused()
    {
        var path = Path.Combine(Scratch.Folder("text"), "text.so");
        File.WriteAllText(path, "not a library");
        var error = Assert.Throws<InputException>(() => new NativeBackend(path));
        Assert.Contains("cannot be loaded", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => new NativeBackend(path + ".missing"));
    }

    /// <summary>A strided dy reaches the library as strides.</summary>
    [SkippableFact]
    public void Strides_reach_the_library()
    {
        Tools.NeedCompiler();
        using var backend = new NativeBackend(examples.Path("two_pass"));
        var @case = Case.Parse("in bwd f32 nchw 1x3x4x5 grad=nhwc seed=4");
        Assert.True(backend.Description.Strides);
        var result = CaseRunner.Run(
            backend,
            @case,
            NormCheck.Verification.Judge.ContractLevel.AnyOrder
        );
        Assert.False(result.Declined);
        Assert.False(result.Failed, Detail.Of(result));
    }
}
