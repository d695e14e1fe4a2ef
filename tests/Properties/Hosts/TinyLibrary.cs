using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>Libraries of a few lines of C, compiled for one test.</summary>
internal static class TinyLibrary
{
    /// <summary>x is 3×7 of f32 (84 bytes), γ and β have 7 elements.</summary>
    public static readonly Case Layer = Case.Parse("ln fwd f32 3x7 seed=5");

    /// <summary>A library whose normcheck_run does what is given, after a forward filled y and the saved statistics with 1.</summary>
    public static string Compile(
        string run,
        string supports = "return 0;",
        string describe = """{"abi":1,"name":"tiny","version":"0","in_place":true}""",
        string more = ""
    )
    {
        Tools.NeedCompiler();
        var folder = Scratch.Folder("tiny");
        var source = Path.Combine(folder, "tiny.c");
        File.WriteAllText(
            source,
            $$"""
            #include <math.h>
            #include <signal.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            #include "normcheck.h"
            static volatile double sink;
            static void fill(const nc_tensor *t)
            {
                int64_t count = 1;
                if (!t->data) return;
                for (int k = 0; k < t->rank; k++) count *= t->shape[k];
                for (int64_t i = 0; i < count; i++)
                    
                    if (t->dtype == NC_F32) ((float *)t->data)[i] = 1;
                    else if (t->dtype == NC_F64) ((double *)t->data)[i] = 1;
                    else ((uint16_t *)t->data)[i] = t->dtype == NC_F16 ? 0x3c00 : 0x3f80;
            }
            const char *normcheck_describe(void) { return "{{describe.Replace("\"", "\\\"")}}"; }
            int32_t normcheck_supports(const nc_problem *problem) { {{supports}} }
            int32_t normcheck_run(const nc_problem *problem, const nc_tensors *t)
            {
                if (t->y.data) { fill(&t->y); fill(&t->saved_mean); fill(&t->saved_inv_std); }
                {
            {{run}}
                }
                return NC_OK;
            }
            {{more}}
            """
        );
        var library = Path.Combine(folder, "tiny.so");
        var (code, output) = Tools.Run(
            "cc",
            "-O1",
            "-shared",
            "-fPIC",
            "-I",
            Path.Combine(Tools.Root, "backends/native"),
            "-o",
            library,
            source
        );
        Assert.True(code == 0, output);
        return library;
    }

    /// <summary>Runs one case; no line of a message ever breaks.</summary>
    public static RunOutcome Run(string library, Case? @case = null, TimeSpan? limit = null)
    {
        using var backend = new NativeBackend(library, limit);
        var outcome = backend.Run((@case ?? Layer).Problem, CaseData.Build(@case ?? Layer));
        Assert.DoesNotContain('\n', outcome.Message);
        return outcome;
    }
}
