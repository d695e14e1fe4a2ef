using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>One case in full: inputs, and every output element by element as far as it fits.</summary>
internal static class CaseReport
{
    private const int MostInputs = 64;
    private const int MostElements = 16;
    private const int PerLine = 8;

    public static void Write(
        TextWriter writer,
        CaseResult result,
        INormBackend running,
        ContractLevel level
    )
    {
        var backend = running.Description;
        var problem = result.Case.Problem;
        writer.WriteLine($"case      {result.Case.Text}");
        writer.WriteLine($"backend   {backend.Name} {backend.Version}");
        writer.WriteLine($"contract  {level.Word()}: {level.Meaning()}");
        writer.WriteLine($"meaning   {problem.Convention.Name}: {problem.Convention.Summary}");
        writer.WriteLine(
            $"groups    {problem.StatisticsShape.Count} of {problem.GroupSize} elements"
        );
        foreach (var spec in TensorPlan.For(problem).Where(spec => spec.IsInput))
        {
            Input(writer, spec, result.Inputs.Require(spec.Role));
        }

        if (result.Verdict is { } verdict)
        {
            var expected = Oracle.Expect(problem, result.Inputs, level);
            foreach (var tensor in verdict.Tensors)
            {
                Output(writer, result, expected, tensor, level);
            }
        }

        writer.WriteLine();
        writer.WriteLine($"verdict   {(result.Failed ? "FAILS" : "holds")}");
        if (result.Failed)
        {
            var cause = CaseRunner.Sign(result, running).Cause;
            writer.WriteLine($"detail    {Detail.Of(result)}");
            writer.WriteLine($"cause     {cause.Sentence} ({cause.Id})");
        }
    }

    private static void Input(TextWriter writer, TensorSpec spec, Tensor tensor)
    {
        var strides = tensor.IsContiguous ? "" : $" strides {string.Join(',', tensor.Strides)}";
        writer.WriteLine();
        writer.WriteLine($"{spec.Role.Name()}: {tensor.DType.Word()} {tensor.Shape}{strides}");
        var values = tensor.ToDoubles();
        if (values.Length > MostInputs)
        {
            writer.WriteLine(
                $"  {values.Length} elements from {ElementText.Short(values.Min())} to {ElementText.Short(values.Max())}, mean {ElementText.Short(values.Average())}; the first:"
            );
            values = values[..PerLine];
        }

        foreach (var line in values.Chunk(PerLine))
        {
            writer.WriteLine(
                $"  {string.Join("  ", line.Select(value => ElementText.Exact(value, tensor.DType)))}"
            );
        }
    }

    private static void Output(
        TextWriter writer,
        CaseResult result,
        IReadOnlyDictionary<TensorRole, Expected[]> expected,
        TensorVerdict verdict,
        ContractLevel level
    )
    {
        var tensor = result.Outputs.Require(verdict.Role);
        writer.WriteLine();
        writer.WriteLine(
            $"{verdict.Role.Name()}: {tensor.DType.Word()} {tensor.Shape}, {(verdict.Holds ? "holds" : $"{verdict.Failures} of {verdict.Count} elements FAIL")}, "
                + $"worst error/bound {ElementText.Short(verdict.Ratio)}"
        );
        var rows = ElementRow.Worst(
            result.Case.Problem,
            result.Outputs,
            expected,
            level,
            verdict.Role,
            MostElements
        );
        PlainTable.Write(
            writer,
            ["index", "value", "truth", "error (ulp)", "bound", "error/bound"],
            [.. rows.Select(row => Line(row, tensor))]
        );
        if (rows.Count < tensor.Count)
        {
            writer.WriteLine($"  and {tensor.Count - rows.Count} more that are no worse");
        }
    }

    private static IReadOnlyList<string> Line(ElementRow row, Tensor tensor)
    {
        var within = row.Expected.Claim == Claim.Within;
        return
        [
            string.Join(',', tensor.Shape.IndexOf(row.Index)),
            ElementText.Exact(row.Value, tensor.DType),
            row.Expected.Claim switch
            {
                Claim.Within => ProblemText.Number(row.Expected.Truth.ToFloat()),
                Claim.NotANumber => "NaN",
                Claim.PositiveInfinity => "inf",
                Claim.NegativeInfinity => "-inf",
                Claim.NotFinite => "NaN or inf",
                Claim.Finite => "any finite number",
                _ => "anything",
            },
            within ? ElementText.Short(row.Ulps) : "-",
            within ? ElementText.Short(row.Expected.Bound) : "-",
            ElementText.Short(row.Ratio),
        ];
    }
}
