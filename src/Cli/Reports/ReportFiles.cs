using NormCheck.Cli.Commands;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

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

    private readonly string _directory;
    private readonly IReadOnlyList<(string File, Func<CampaignReport, string> Write)> _forms;

    /// <exception cref="NormCheck.Contract.InputException">A form is unknown.</exception>
    public ReportFiles(string directory, string? forms)
    {
        _directory = directory;
        _forms = forms is null ? [] : Words.List(forms, word => Words.One("report", word, s_forms));
    }

    public void Write(CampaignReport report)
    {
        if (_forms.Count > 0)
        {
            Directory.CreateDirectory(_directory);
        }

        foreach (var (file, write) in _forms)
        {
            File.WriteAllText(Path.Combine(_directory, file), write(report));
        }
    }

    /// <summary>Writes what reproduces a finding; gives the names of the files.</summary>
    public IReadOnlyList<string> Save(
        int number,
        VerifyArguments arguments,
        CampaignOptions options,
        INormBackend backend,
        FindingReport finding,
        CaseResult result
    ) => [];
}
