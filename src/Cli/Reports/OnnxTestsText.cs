using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Judge;
using NormCheck.Verification.OnnxTests;

namespace NormCheck.Cli.Reports;

/// <summary>A node test, the verdict on its files, and what the backend made of it.</summary>
internal sealed record NodeResult(NodeTest Test, Verdict Files, NodeAnswer Answer)
{
    public bool Failed => !Files.Holds || Answer.Failed;
}

/// <summary>The result of <c>normcheck onnx-tests</c>: a line a test, what was not done and why, what is wrong.</summary>
internal static class OnnxTestsText
{
    private const string None = "-";

    public static void Write(
        TextWriter writer,
        string directory,
        BackendDescription backend,
        ContractLevel level,
        NodeTestFolder folder,
        IReadOnlyList<NodeResult> results
    )
    {
        writer.WriteLine($"onnx-tests {directory}");
        writer.WriteLine($"backend   {backend.Name} {backend.Version}");
        writer.WriteLine($"contract  {level.Word()}: {level.Meaning()}");
        if (results.Count > 0)
        {
            writer.WriteLine();
            PlainTable.Write(
                writer,
                [
                    "test",
                    "operator",
                    "file: error/bound",
                    "ulp",
                    $"{backend.Name}: error/bound",
                    "ulp",
                ],
                [.. results.Select(Row)]
            );
        }

        Reasons(writer, folder, backend, results);
        Findings(writer, results);
        Summary(writer, folder, backend, results);
    }

    private static IReadOnlyList<string> Row(NodeResult result)
    {
        var (fileRatio, fileUlps) = Worst(result.Files);
        var (ratio, ulps) = result.Answer.Verdict is { } verdict ? Worst(verdict) : (None, None);
        return
        [
            result.Test.Name,
            result.Test.Operator,
            fileRatio,
            fileUlps,
            result.Answer.Failed && result.Answer.Verdict is null
                ? $"{result.Answer.Outcome.Status}"
                : ratio,
            ulps,
        ];
    }

    /// <summary>Error/bound of the worst output, and the largest error in ulps of the worst elements.</summary>
    private static (string Ratio, string Ulps) Worst(Verdict verdict) =>
        (
            $"{ElementText.Short(verdict.Ratio)}{(verdict.Holds ? "" : " FAILS")}",
            ElementText.Short(verdict.Tensors.Max(tensor => tensor.Ulps))
        );

    private static void Reasons(
        TextWriter writer,
        NodeTestFolder folder,
        BackendDescription backend,
        IReadOnlyList<NodeResult> results
    )
    {
        Section(
            writer,
            "Not supported, for NormCheck's model of a norm cannot express it:",
            folder.Unsupported.Select(test => $"{test.Name} ({test.Operator}): {test.Reason}")
        );
        Section(
            writer,
            $"Not supported by {backend.Name}:",
            results
                .Where(result => result.Answer.Outcome.Declined)
                .Select(result => $"{result.Test.Name}: {result.Answer.Outcome.Message}")
        );
        Section(
            writer,
            $"Outputs left out, for {backend.Name} has others by that name:",
            results
                .Where(result => result.Answer.LeftOut.Count > 0)
                .Select(result =>
                    $"{result.Test.Name}: {string.Join(", ", result.Answer.LeftOut.Select(role => role.Name()))}"
                )
        );
    }

    private static void Findings(TextWriter writer, IReadOnlyList<NodeResult> results)
    {
        foreach (var result in results.Where(result => result.Failed))
        {
            writer.WriteLine();
            writer.WriteLine($"{result.Test.Name}: {ProblemText.Print(result.Test.Problem)}");
            foreach (var wrong in Wrong(result))
            {
                writer.WriteLine($"  {wrong}");
            }
        }
    }

    private static IEnumerable<string> Wrong(NodeResult result) =>
        [
            .. Wrong("the file's ", result.Test.Problem, result.Files),
            .. Wrong("", result.Test.Problem, result.Answer.Verdict),
            .. result.Answer.Outcome.IsFinding
                ? [$"{result.Answer.Outcome.Status}: {result.Answer.Outcome.Message}"]
                : Array.Empty<string>(),
        ];

    private static IEnumerable<string> Wrong(string whose, NormProblem problem, Verdict? verdict)
    {
        var shapes = TensorPlan.For(problem).ToDictionary(spec => spec.Role, spec => spec.Shape);
        return (verdict?.Tensors ?? [])
            .Where(tensor => !tensor.Holds)
            .Select(tensor => $"{whose}{Detail.Of(tensor, shapes[tensor.Role])}");
    }

    private static void Summary(
        TextWriter writer,
        NodeTestFolder folder,
        BackendDescription backend,
        IReadOnlyList<NodeResult> results
    )
    {
        writer.WriteLine();
        if (folder.Others.Count > 0)
        {
            writer.WriteLine(
                $"{folder.Others.Values.Sum()} tests of {folder.Others.Count} other operators are about no norm"
            );
        }

        var wrongFiles = results.Count(result => !result.Files.Holds);
        var wrong = results.Count(result => result.Answer.Failed);
        var declined = results.Count(result => result.Answer.Outcome.Declined);
        writer.WriteLine(
            $"files: {results.Count - wrongFiles} hold, {wrongFiles} fail, {folder.Unsupported.Count} not supported; "
                + $"{backend.Name}: {results.Count - wrong - declined} hold, {wrong} fail, {declined} not supported"
        );
    }

    private static void Section(TextWriter writer, string title, IEnumerable<string> lines)
    {
        var all = lines.ToArray();
        if (all.Length == 0)
        {
            return;
        }

        writer.WriteLine();
        writer.WriteLine(title);
        foreach (var line in all)
        {
            writer.WriteLine($"  {line}");
        }
    }
}
