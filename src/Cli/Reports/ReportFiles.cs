using NormCheck.Cli.Backends;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>The files that a run leaves behind: reports that were asked for, and a counterexample a finding.</summary>
internal sealed class ReportFiles
{
    private static readonly (
        string Word,
        (string File, Func<CampaignReport, string> Write)
    )[] s_forms =
    [
        ("json", ("report.json", JsonReport.Write)),
        ("junit", ("report.junit.xml", JUnitReport.Write)),
        ("md", ("report.md", MarkdownReport.Write)),
    ];

    private static readonly (string Form, string File, Func<Board, string> Write)[] s_boards =
    [
        ("report.json", "board.json", BoardJson.Write),
        ("report.md", "board.md", BoardMarkdown.Write),
    ];

    private readonly string _directory;
    private readonly IReadOnlyList<(string File, Func<CampaignReport, string> Write)> _forms;

    /// <exception cref="NormCheck.Contract.InputException">A form is unknown.</exception>
    public ReportFiles(string directory, string? forms)
    {
        _directory = directory;
        _forms = forms is null ? [] : Words.List(forms, word => Words.One("report", word, s_forms));
    }

    /// <summary>Writes the reports that were asked for; gives the names of the files.</summary>
    public IReadOnlyList<string> Write(CampaignReport report) =>
        Write(_forms.Select(form => (form.File, form.Write(report))));

    /// <summary>The same of a board; JUnit files are the single systems'.</summary>
    public IReadOnlyList<string> Write(Board board) =>
        Write(
            s_boards
                .Where(board => _forms.Any(form => form.File == board.Form))
                .Select(each => (each.File, each.Write(board)))
        );

    private List<string> Write(IEnumerable<(string File, string Text)> files)
    {
        var written = new List<string>();
        foreach (var (file, text) in files)
        {
            Directory.CreateDirectory(_directory);
            written.Add(Path.Combine(_directory, file));
            File.WriteAllText(written[^1], text);
        }

        return written;
    }

    /// <summary>Writes what reproduces a finding; gives the names of the files.</summary>
    public IReadOnlyList<string> Save(
        int number,
        string backendText,
        ContractLevel level,
        INormBackend backend,
        CaseResult result
    )
    {
        Directory.CreateDirectory(_directory);
        var name = Path.Combine(_directory, $"finding-{number:000}");
        var tensors = $"{name}.safetensors";
        Counterexample.Write(tensors, backendText, backend, level, result);
        return Program(name, backendText, level, backend, result) is { } program
            ? [tensors, program]
            : [tensors];
    }

    /// <summary>A program that shows the finding without this one, where there is a way to write it.</summary>
    private static string? Program(
        string name,
        string backendText,
        ContractLevel level,
        INormBackend backend,
        CaseResult result
    )
    {
        if (BackendCatalogue.LibraryOf(backendText) is { } library)
        {
            var file = $"{name}.c";
            File.WriteAllText(
                file,
                CReproduction.Write(library, Path.GetFileName(file), result, level)
            );
            return file;
        }

        var system = backend is BackendPool.TrackedBackend tracked ? tracked.Inner : backend;
        if (
            system is IReproducer reproducer
            && reproducer.Reproduce(result.Case.Problem, result.Inputs) is { } script
        )
        {
            // Only the kind of file is the backend's choice, not where it lies.
            var file = name + Path.GetExtension(Path.GetFileName(script.FileName));
            File.WriteAllText(file, script.Text);
            return file;
        }

        return null;
    }
}
