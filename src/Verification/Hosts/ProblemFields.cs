using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>A problem as metadata: the fields of nc_problem by name (docs/protocol.md).</summary>
public static class ProblemFields
{
    /// <summary>Metadata key of the problem's text, from which our own worker rebuilds it.</summary>
    public const string CaseKey = "case";

    public static void Write(NormProblem problem, IDictionary<string, string> metadata)
    {
        metadata["op"] = problem.Op.Word();
        metadata["pass"] = PassWord(problem.Pass);
        metadata["shape"] = string.Join(',', problem.MemoryShape.Extents);
        metadata["dtype"] = problem.DType.Word();
        metadata["channel_axis"] = Text(problem.ChannelAxis);
        metadata["first_normalized_axis"] = Text(problem.Axis);
        metadata["groups"] = Text(problem.Groups);
        metadata["epsilon"] = ProblemText.Number(problem.Epsilon);
        metadata["momentum"] = ProblemText.Number(problem.Momentum);
        metadata["r_max"] = ProblemText.Number(problem.RMax);
        metadata["d_max"] = ProblemText.Number(problem.DMax);
        metadata["stored_variance"] = Text(StoredVariance(problem));
        metadata["convention"] = problem.Convention.Name;
        metadata[CaseKey] = ProblemText.Print(problem);
    }

    /// <summary>The problem of a request: that of its text, which the other fields must not contradict.</summary>
    /// <exception cref="InputException">There is none, or a field says something else.</exception>
    public static NormProblem Read(SafetensorsBlob request)
    {
        var problem = ProblemText.Parse(request.Require(CaseKey));
        var fields = new Dictionary<string, string>();
        Write(problem, fields);
        foreach (var (key, value) in fields)
        {
            if (
                key != CaseKey
                && request.Metadata.TryGetValue(key, out var given)
                && given != value
            )
            {
                throw new InputException(
                    $"expected {key} to be '{value}', as the case says, got '{OneLine.Of(given)}'"
                );
            }
        }

        return problem;
    }

    /// <summary>nc_problem.stored_variance: 0 population, 1 Bessel.</summary>
    public static int StoredVariance(NormProblem problem) =>
        problem.Convention.StoredFactor == StoredFactor.Population ? 0 : 1;

    /// <summary>On the wire the pass has one word whatever the op.</summary>
    public static string PassWord(NormPass pass) => pass.Word(NormOp.BatchNorm);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
