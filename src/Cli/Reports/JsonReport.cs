using System.Text.Json;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>The report as JSON, and back. No time stamps: the same run gives the same bytes.</summary>
internal static class JsonReport
{
    /// <summary>Raised when the meaning of a property changes; new properties do not raise it.</summary>
    public const int Schema = 1;

    private const string NoGrade = "none";

    public static string Write(CampaignReport report) => JsonFiles.Text(Document(report));

    /// <exception cref="InputException">The text is not a report of this schema.</exception>
    public static CampaignReport Read(string text, string source)
    {
        try
        {
            var document =
                JsonSerializer.Deserialize<ReportDocument>(text, JsonFiles.Options)
                ?? throw new InputException("expected a report, got null");
            return document.Schema == Schema
                ? Report(document)
                : throw new InputException(
                    $"expected a report of schema {Schema}, got schema {document.Schema}"
                );
        }
        catch (Exception error) when (error is JsonException or InputException)
        {
            throw new InputException($"{source}: {error.Message}");
        }
    }

    private static ReportDocument Document(CampaignReport report) =>
        new()
        {
            Schema = Schema,
            Backend = report.Backend,
            System = report.System,
            Contract = report.Contract,
            Convention = report.Convention,
            Seed = report.Seed,
            Command = report.Command,
            Shards = report.Shards,
            Stopped = report.Stopped,
            Holds = report.Holds,
            Cases = report.Cases,
            Declined = report.Declined,
            Cells =
            [
                .. report.Cells.Select(cell => new CellDocument
                {
                    Cell = Document(cell.Cell),
                    Verdict = cell.Verdict,
                    Cases = cell.Cases,
                    Declined = cell.Declined,
                    Failures = cell.Failures,
                    WorstRatio = cell.WorstRatio,
                    WorstCase = cell.WorstCase,
                }),
            ],
            Grades =
            [
                .. report.Grades.Select(grade => new GradeDocument
                {
                    Op = grade.Op.Word(),
                    Dtype = grade.DType.Word(),
                    Grade = GradeWord(grade),
                }),
            ],
            Findings = [.. report.Findings.Select(Document)],
            DataClasses = new(report.DataClasses.ToDictionary(), StringComparer.Ordinal),
            Laws =
            [
                .. report.Laws.Select(law => new LawDocument
                {
                    Id = law.Law,
                    Held = law.Held,
                    Skipped = law.Skipped,
                    Broken = law.Broken,
                }),
            ],
            Climbs =
            [
                .. report.Climbs.Select(climb => new ClimbDocument
                {
                    Op = climb.Op.Word(),
                    Runs = climb.Runs,
                    Ratio = climb.Ratio,
                    Case = climb.Case,
                }),
            ],
        };

    private static FindingDocument Document(FindingReport finding) =>
        new()
        {
            Cell = Document(finding.Cell),
            Cells = [.. finding.Cells.Select(Document)],
            Status = finding.Status,
            CauseId = finding.Cause.Id,
            Cause = finding.Cause.Sentence,
            Count = finding.Count,
            FirstIndex = finding.FirstIndex,
            FirstCase = finding.FirstCase,
            Case = finding.Case,
            Detail = finding.Detail,
            Files = finding.Files,
        };

    public static CellNames Document(CaseCell cell) =>
        new()
        {
            Op = cell.Op.Word(),
            Pass = cell.Pass.Word(cell.Op),
            Dtype = cell.DType.Word(),
            Layout = cell.LayoutWord,
        };

    /// <summary>The grade as a contract word; <c>none</c> where even the weakest contract is violated.</summary>
    public static string GradeWord(GradeReport grade) =>
        grade.Level < 0 ? NoGrade : ((ContractLevel)grade.Level).Word();

    private static CampaignReport Report(ReportDocument document) =>
        new()
        {
            Backend = document.Backend,
            System = document.System,
            Contract = document.Contract,
            Convention = document.Convention,
            Seed = document.Seed,
            Command = document.Command,
            Shards = document.Shards,
            Stopped = document.Stopped,
            Cells =
            [
                .. document.Cells.Select(cell => new CellReport
                {
                    Cell = Cell(cell.Cell),
                    Cases = cell.Cases,
                    Declined = cell.Declined,
                    Failures = cell.Failures,
                    WorstRatio = cell.WorstRatio,
                    WorstCase = cell.WorstCase,
                }),
            ],
            Grades =
            [
                .. document.Grades.Select(grade => new GradeReport(
                    Words.Op(grade.Op),
                    Words.DType(grade.Dtype),
                    grade.Grade == NoGrade ? -1 : (int)ContractLevels.Parse(grade.Grade)
                )),
            ],
            Findings =
            [
                .. document.Findings.Select(finding => new FindingReport
                {
                    Cell = Cell(finding.Cell),
                    Cells = [.. finding.Cells.Select(Cell)],
                    Status = finding.Status,
                    Cause = new(finding.CauseId, finding.Cause),
                    Count = finding.Count,
                    FirstIndex = finding.FirstIndex,
                    FirstCase = finding.FirstCase,
                    Case = finding.Case,
                    Detail = finding.Detail,
                    Files = finding.Files,
                }),
            ],
            DataClasses = document.DataClasses,
            Laws =
            [
                .. document.Laws.Select(law => new LawTally(
                    law.Id,
                    law.Held,
                    law.Skipped,
                    law.Broken
                )),
            ],
            Climbs =
            [
                .. document.Climbs.Select(climb => new ClimbReport(
                    Words.Op(climb.Op),
                    climb.Runs,
                    climb.Ratio,
                    climb.Case
                )),
            ],
        };

    private static CaseCell Cell(CellNames names) =>
        new(
            Words.Op(names.Op),
            Words.Pass(names.Pass),
            Words.DType(names.Dtype),
            names.Layout == "-" ? Layout.ChannelsFirst : Words.Layout(names.Layout)
        );
}
