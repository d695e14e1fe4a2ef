using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using Xunit;

namespace NormCheck.Properties.Cli;

/// <summary>normcheck.mjs, the protocol for Node, with small backends written for the occasion.</summary>
public sealed class NodeBackendTests : IDisposable
{
    /// <summary>Layer norm in binary64, written by the formula, with a statement of the test's before it.</summary>
    private const string LayerNorm = """
        import { Unsupported, count, parameterShape, serve } from "ROOT/backends/node/normcheck.mjs";
        import { reproduction } from "ROOT/backends/node/reproduction.mjs";

        function run(problem, tensors) {
            STATEMENT
            const m = count(parameterShape(problem));
            const y = new Float32Array(tensors.x.data.length);
            for (let row = 0; row < y.length; row += m) {
                const x = Array.from(tensors.x.data.slice(row, row + m));
                const mean = x.reduce((a, b) => a + b, 0) / m;
                const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / m;
                x.forEach((value, k) => {
                    const normalized = (value - mean) / Math.sqrt(variance + problem.epsilon);
                    y[row + k] = normalized * (tensors.gamma?.data[k] ?? 1) + (tensors.beta?.data[k] ?? 0);
                });
            }
            return { y };
        }

        function script(problem, tensors) {
            const values = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]));
            const call = [`return { y: ${JSON.stringify(Array.from(run(problem, tensors).y))} };`];
            const text = reproduction({ problem, values, system: "mine", package: "mine", version: "1", preamble: [], call });
            return { name: "../mine.cjs", text };
        }

        await serve({ name: "mine", version: "1", ops: "ln", passes: "train", dtypes: "f32", layouts: "channels-first",
            supports: async (problem) => (problem.shape.length > 4 ? "too many axes" : null), run, script });
        """;

    private static readonly Case s_case = Case.Parse("ln fwd f32 3x5 data=offset:10 seed=1");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ProcessBackend Start(string statement = "")
    {
        Tools.NeedNode();
        var text = LayerNorm
            .Replace("ROOT", Tools.Root, StringComparison.Ordinal)
            .Replace("STATEMENT", statement, StringComparison.Ordinal);
        return new ProcessBackend("node", [_folder.Write("backend.mjs", text)]);
    }

    private static RunOutcome Run(ProcessBackend backend) =>
        backend.Run(s_case.Problem, CaseData.Build(s_case));

    [SkippableFact]
    public void A_right_one_holds()
    {
        Start().Dispose();
        var run = CommandLine.Run(
            "verify",
            $"exec:node {_folder.File("backend.mjs")}",
            "--cases",
            "200",
            "--out",
            _folder.File("out")
        );

        Assert.Equal((0, ""), (run.Code, run.Error));
    }

    [SkippableFact]
    public void Outcomes_say_what_happened()
    {
        (string Statement, RunStatus Status, string Says)[] all =
        [
            ("", RunStatus.Completed, ""),
            ("throw new Unsupported('not\\n today');", RunStatus.Unsupported, "not today"),
            ("throw new Error('broken');", RunStatus.Failed, "broken"),
            ("tensors.x.data[0] += 1;", RunStatus.InputModified, "input x was written"),
            ("return { y: new Float32Array(1) };", RunStatus.Failed, "expected y as 15 elements"),
            ("process.exit(7);", RunStatus.Exited, "exit code 7"),
            ("console.log('to the log');", RunStatus.Completed, ""),
        ];
        foreach (var (statement, status, says) in all)
        {
            using var backend = Start(statement);
            var outcome = Run(backend);
            Assert.Equal(status, outcome.Status);
            Assert.Contains(says, outcome.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void What_it_does_not_support_it_declines()
    {
        using var backend = Start();
        var problem = Case.Parse("ln fwd f32 1x1x1x1x2").Problem;

        Assert.Equal("too many axes", backend.Refuses(problem));
        Assert.Null(backend.Refuses(s_case.Problem));
    }

    /// <summary>The script agrees with the right kernel and not with one that adds a thousandth.</summary>
    [SkippableTheory]
    [InlineData("", 0)]
    [InlineData("tensors.beta.data = tensors.beta.data.map((value) => value + 1e-3);", 1)]
    public void A_script_tells_right_from_wrong(string statement, int code)
    {
        using var backend = Start(statement);
        var script = backend.Reproduce(s_case.Problem, CaseData.Build(s_case))!;

        Assert.Equal("mine.cjs", script.FileName);
        var run = Tools.Run("node", _folder.Write("script.cjs", script.Text));
        Assert.True(run.Code == code, run.Output);
        Assert.Contains("y by definition: ", run.Output, StringComparison.Ordinal);
    }

    /// <summary>All f16 values and bits are each other's, and what is no f16 value has no bits.</summary>
    [SkippableFact]
    public void Halves_are_their_values()
    {
        Tools.NeedNode();
        var program = _folder.Write(
            "half.mjs",
            $$"""
            import { halfOfValue, valueOfHalf } from "{{Tools.Root}}/backends/node/half.mjs";
            let wrong = 0;
            for (let bits = 0; bits < 65536; bits++) {
                const value = valueOfHalf(bits);
                if (halfOfValue(value) !== (Number.isNaN(value) ? 0x7e00 : bits)) wrong++;
            }
            for (const value of [0.1, 65520, 2049, 2 ** -25]) if (halfOfValue(value) !== undefined) wrong++;
            console.log(wrong, valueOfHalf(0x3c00), valueOfHalf(0xfbff), valueOfHalf(1) === 2 ** -24);
            """
        );

        Assert.Equal((0, "0 1 -65504 true\n"), Tools.Run("node", program));
    }
}
