using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>What a library can do wrong in one call, and what it is called.</summary>
public class NativeMisdeeds
{
    [SkippableTheory]
    // Writes: against the guard they crash and are diagnosed, in the padding they are seen.
    [InlineData(
        "((char *)t->y.data)[84] = 0; ((char *)t->y.data)[85] = 0;",
        "2 bytes were written behind y, the nearest 1 past its end"
    )]
    [InlineData("((char *)t->y.data)[-3] = 0;", "1 byte was written before y, the nearest 3 ahead")]
    [InlineData("((float *)t->gamma.data)[7] = 0;", "4 bytes were written behind gamma")]
    [InlineData("((float *)t->x.data)[-1] = 0;", "4 bytes were written before x")]
    [InlineData("((float *)t->saved_mean.data)[1000] = 0;", "written behind saved_mean")]
    public void Writes_outside_are_named(string run, string says)
    {
        var outcome = TinyLibrary.Run(TinyLibrary.Compile(run));
        Assert.Equal((RunStatus.OutOfBoundsWrite, ""), (outcome.Status, Missing(outcome, says)));
    }

    [SkippableTheory]
    [InlineData("sink = ((volatile float *)t->x.data)[21];", "memory behind x was read")]
    [InlineData("sink = ((volatile float *)t->beta.data)[-1];", "memory before beta was read")]
    [InlineData("sink = ((volatile char *)t->y.data)[84];", "memory behind y was read")]
    [InlineData(
        "sink = ((volatile float *)t->x.data)[21] + ((volatile float *)t->gamma.data)[7];",
        "memory behind x and behind gamma was read"
    )]
    public void Reads_outside_are_named(string run, string says)
    {
        var outcome = TinyLibrary.Run(TinyLibrary.Compile(run));
        Assert.Equal((RunStatus.OutOfBoundsRead, ""), (outcome.Status, Missing(outcome, says)));
    }

    [SkippableTheory]
    [InlineData("((float *)t->gamma.data)[2] += 1;", "input gamma was written")]
    [InlineData(
        "volatile float *x = t->x.data; x[3] = x[3];",
        "input x was written with what it held"
    )]
    public void Written_inputs_are_named(string run, string says)
    {
        var outcome = TinyLibrary.Run(TinyLibrary.Compile(run));
        Assert.Equal((RunStatus.InputModified, ""), (outcome.Status, Missing(outcome, says)));
    }

    [SkippableTheory]
    [InlineData("*(volatile int *)16 = 1;", RunStatus.Signal, "SIGSEGV")]
    [InlineData("abort();", RunStatus.Signal, "SIGABRT")]
    [InlineData("raise(SIGFPE);", RunStatus.Signal, "SIGFPE")]
    [InlineData("raise(SIGILL);", RunStatus.Signal, "SIGILL")]
    [InlineData("raise(SIGBUS);", RunStatus.Signal, "SIGBUS")]
    [InlineData(
        "fprintf(stderr, \"first\\nlast words\\n\"); abort();",
        RunStatus.Signal,
        "last words"
    )]
    [InlineData("exit(3);", RunStatus.Exited, "exit code 3")]
    [InlineData("_exit(0);", RunStatus.Exited, "exit code 0")]
    [InlineData("return NC_UNSUPPORTED;", RunStatus.Unsupported, "NC_UNSUPPORTED")]
    [InlineData("return NC_INVALID_ARGUMENT;", RunStatus.InvalidArgument, "NC_INVALID_ARGUMENT")]
    [InlineData("return NC_FAILED;", RunStatus.Failed, "NC_FAILED")]
    [InlineData("return 7;", RunStatus.Failed, "got 7")]
    [InlineData("puts(\"hello\"); fflush(stdout); getchar();", RunStatus.Completed, "")]
    public void Other_ends_are_what_they_are(string run, RunStatus status, string says)
    {
        var outcome = TinyLibrary.Run(TinyLibrary.Compile(run));
        Assert.Equal((status, ""), (outcome.Status, Missing(outcome, says)));
    }

    [SkippableFact]
    public void A_hang_ends_at_the_limit()
    {
        var library = TinyLibrary.Compile("for (;;) sleep(1);");
        var outcome = TinyLibrary.Run(library, limit: TimeSpan.FromSeconds(1));
        Assert.Equal(RunStatus.TimedOut, outcome.Status);
        Assert.Contains("no answer within 1 s", outcome.Message, StringComparison.Ordinal);
    }

    /// <summary>The ABI promises the alignment of elements: a vector instruction that wants more is the library's fault.</summary>
    [SkippableFact]
    public void An_assumed_alignment_is_named()
    {
        Skip.IfNot(
            System.Runtime.Intrinsics.X86.Sse.IsSupported,
            "needs an x86 processor: the test's instruction is one of its own"
        );
        var library = TinyLibrary.Compile(
            "__asm__ volatile(\"movaps (%0), %%xmm0\" : : \"r\"(t->x.data) : \"xmm0\");"
        );
        var outcome = TinyLibrary.Run(library);
        Assert.Equal(RunStatus.Signal, outcome.Status);
        Assert.Contains("aligned to 64 bytes", outcome.Message, StringComparison.Ordinal);
    }

    /// <summary>After every end the next call finds a worker; the diagnosis of one crash is not that of the next.</summary>
    [SkippableFact]
    public void The_worker_starts_again()
    {
        var library = TinyLibrary.Compile(
            """
            if (problem->shape[0] == 2) sink = ((volatile float *)t->x.data)[14];
            if (problem->shape[0] == 4) ((float *)t->gamma.data)[0] += 1;
            if (problem->shape[0] == 5) exit(9);
            """
        );
        using var backend = new NativeBackend(library);
        RunStatus[] expected =
        [
            RunStatus.OutOfBoundsRead,
            RunStatus.Completed,
            RunStatus.InputModified,
            RunStatus.Exited,
            RunStatus.OutOfBoundsRead,
            RunStatus.OutOfBoundsRead,
            RunStatus.Completed,
        ];
        int[] rows = [2, 3, 4, 5, 2, 2, 3];
        var statuses = rows.Select(count =>
        {
            var @case = Case.Parse($"ln fwd f32 {count}x7 seed=5");
            return backend.Run(@case.Problem, CaseData.Build(@case)).Status;
        });
        Assert.Equal(expected, statuses);
    }

    [SkippableFact]
    public void A_crash_over_the_question_is_a_finding_not_a_refusal()
    {
        using var backend = new NativeBackend(TinyLibrary.Compile("", supports: "abort();"));
        Assert.Null(backend.Refuses(TinyLibrary.Layer.Problem));
        var outcome = backend.Run(TinyLibrary.Layer.Problem, CaseData.Build(TinyLibrary.Layer));
        Assert.Equal(RunStatus.Signal, outcome.Status);
        Assert.Contains("whether it supports", outcome.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("return 1;", "says no")]
    [InlineData("return 0;", null)]
    public void An_answer_to_the_question_is_taken(string supports, string? says)
    {
        using var backend = new NativeBackend(TinyLibrary.Compile("", supports));
        var refusal = backend.Refuses(TinyLibrary.Layer.Problem);
        Assert.Equal(says is null, refusal is null);
        Assert.Contains(says ?? "", refusal ?? "", StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("not json", "JSON object")]
    [InlineData("[1]", "JSON object")]
    [InlineData("""{"name":"a","version":"1"}""", "abi")]
    [InlineData("""{"abi":2,"name":"a","version":"1"}""", "the backend has 2")]
    [InlineData("""{"abi":1,"version":"1"}""", "expected 'name'")]
    [InlineData("""{"abi":1,"name":"a","version":"1","ops":["bn","zz"]}""", "'zz' in ops")]
    [InlineData("""{"abi":1,"name":"a","version":"1","convention":"mine"}""", "convention 'mine'")]
    public void A_description_that_does_not_fit_is_refused(string describe, string says)
    {
        var library = TinyLibrary.Compile("", describe: describe);
        var error = Assert.Throws<InputException>(() => new NativeBackend(library));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("native:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>A library may die while it is loaded.</summary>
    [SkippableFact]
    public void A_library_that_dies_at_load_is_refused()
    {
        Tools.NeedCompiler();
        var folder = Scratch.Folder("load");
        var source = Path.Combine(folder, "load.c");
        File.WriteAllText(
            source,
            "#include <stdlib.h>\n__attribute__((constructor)) static void die(void) { abort(); }\n"
        );
        var library = Path.Combine(folder, "load.so");
        Assert.Equal(0, Tools.Run("cc", "-shared", "-fPIC", "-o", library, source).Code);
        var error = Assert.Throws<InputException>(() => new NativeBackend(library));
        Assert.Contains("SIGABRT", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What is missing of a message: empty where nothing is, so that a failure shows the whole.</summary>
    private static string Missing(RunOutcome outcome, string says) =>
        outcome.Message.Contains(says, StringComparison.Ordinal) ? "" : outcome.Message;
}
