using NormCheck.Verification.Timing;

namespace NormCheck.Cli.Reports;

/// <summary>The files that a bench leaves behind.</summary>
internal sealed class BenchFiles
{
    private static readonly (
        string Word,
        (string File, Func<BenchReport, string> Write)
    )[] s_forms =
    [
        ("json", ("bench.json", BenchJson.Write)),
        ("md", ("bench.md", BenchMarkdown.Write)),
    ];

    private readonly string _directory;
    private readonly IReadOnlyList<(string File, Func<BenchReport, string> Write)> _forms;

    /// <exception cref="NormCheck.Contract.InputException">A form is unknown.</exception>
    public BenchFiles(string directory, string? forms)
    {
        _directory = directory;
        _forms = forms is null ? [] : Words.List(forms, word => Words.One("report", word, s_forms));
    }

    /// <summary>Writes the reports that were asked for; gives the names of the files.</summary>
    public IEnumerable<string> Write(BenchReport report)
    {
        foreach (var (file, write) in _forms)
        {
            Directory.CreateDirectory(_directory);
            var path = Path.Combine(_directory, file);
            File.WriteAllText(path, write(report));
            yield return path;
        }
    }
}
