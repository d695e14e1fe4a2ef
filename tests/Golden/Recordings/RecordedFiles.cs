using NormCheck.Properties;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Recordings;

namespace NormCheck.Golden.Recordings;

/// <summary>The recordings in tests/Golden/recorded, and the list of what in them is known to be wrong.</summary>
internal static class RecordedFiles
{
    private static string Folder { get; } = Path.Combine(Tools.Root, "tests", "Golden", "recorded");

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .EnumerateFiles(Folder, "*.safetensors")
            .Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal),
    ];

    public static Recording Read(string name) => RecordingFile.Read(Path.Combine(Folder, name));

    /// <summary>Case texts of a file whose recorded outputs are wrong, with the cause.</summary>
    public static IReadOnlyDictionary<string, string> KnownWrong(string name) =>
        File.ReadLines(Path.Combine(Folder, "known-wrong.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(parts => parts[0] == name)
            .ToDictionary(parts => parts[1], parts => parts[2]);

    /// <summary>The outputs of a vector judged by the weakest contract that a real system must meet.</summary>
    public static Verdict Judge(RecordedVector vector, Contract.TensorSet outputs) =>
        OutputJudge.Decide(
            vector.Case.Problem,
            outputs,
            Oracle.Expect(vector.Case.Problem, vector.Inputs, ContractLevel.AnyOrder),
            ContractLevel.AnyOrder
        );
}
