using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.GpuBenchmarks;

/// <summary>DEVICE [--seconds S] [--seed N] [--problems FILE] [--problem TEXT]… [--json FILE], DEVICE being opencl[:N] or cuda[:N].</summary>
internal sealed record BenchOptions(
    (string Kind, int Number) Device,
    double Seconds,
    int Seed,
    IReadOnlyList<string> Problems,
    string? Json
)
{
    private const string Usage =
        "expected opencl[:N] or cuda[:N], then --seconds S, --seed N, --problems FILE, --problem TEXT, --json FILE";

    /// <exception cref="InputException">They make no sense.</exception>
    public static BenchOptions Parse(string[] words)
    {
        if (words.Length == 0 || words.Length % 2 == 0)
        {
            throw new InputException($"{Usage}, got '{string.Join(' ', words)}'");
        }

        var (seconds, seed) = (0.5, 1);
        string? json = null;
        var problems = new List<string>();
        for (var i = 1; i < words.Length; i += 2)
        {
            var (name, value) = (words[i], words[i + 1]);
            switch (name)
            {
                case "--seconds":
                    seconds = Number(name, value);
                    break;
                case "--seed":
                    seed = (int)Number(name, value);
                    break;
                case "--json":
                    json = value;
                    break;
                case "--problem":
                    problems.Add(value);
                    break;
                case "--problems":
                    problems.AddRange(Lines(value));
                    break;
                default:
                    throw new InputException($"{Usage}, got '{name}'");
            }
        }

        return new(
            DeviceOf(words[0]),
            seconds,
            seed,
            problems.Count > 0 ? problems : Lines(Default),
            json
        );
    }

    private static string Default => Path.Combine(AppContext.BaseDirectory, "problems.txt");

    private static (string, int) DeviceOf(string word) =>
        word.Split(':') switch
        {
            [("opencl" or "cuda") and var kind] => (kind, 0),
            [("opencl" or "cuda") and var kind, var digits] when int.TryParse(digits, out var n) =>
                (kind, n),
            _ => throw new InputException($"{Usage}, got '{word}'"),
        };

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && value > 0
            ? value
            : throw new InputException($"expected a positive number for {name}, got '{text}'");

    private static string[] Lines(string file) =>
        File.Exists(file)
            ? [.. File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#')]
            : throw new InputException($"expected a file of problems, one a line, got '{file}'");
}
