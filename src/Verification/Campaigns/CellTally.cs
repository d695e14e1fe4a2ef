using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>Counts of a campaign while it runs. Everything in it is independent of the order in which cases end.</summary>
internal sealed class CellTally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CaseCell, CellReport> _cells = [];
    private readonly Dictionary<(NormOp, DType), int> _grades = [];
    private readonly SortedDictionary<string, long> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TalliedFinding> _findings = [];
    private readonly SortedDictionary<NormOp, ClimbReport> _climbs = [];
    private readonly SortedDictionary<string, LawTally> _laws = new(StringComparer.Ordinal);

    public int FindingCount
    {
        get
        {
            lock (_lock)
            {
                return _findings.Count;
            }
        }
    }

    public void Declined(Case @case)
    {
        lock (_lock)
        {
            var cell = Cell(@case);
            _cells[cell.Cell] = cell with { Declined = cell.Declined + 1 };
        }
    }

    public void Ran(Case @case, bool failed, double ratio)
    {
        lock (_lock)
        {
            var name = @case.Data.Class.Name;
            _classes[name] = _classes.GetValueOrDefault(name) + 1;
            var cell = Cell(@case);
            cell = cell with
            {
                Cases = cell.Cases + 1,
                Failures = cell.Failures + (failed ? 1 : 0),
            };
            var text = @case.Text;
            var worse =
                ratio > cell.WorstRatio
                || (
                    ratio == cell.WorstRatio
                    && ratio > 0
                    && string.CompareOrdinal(text, cell.WorstCase) < 0
                );
            _cells[cell.Cell] =
                !failed && worse ? cell with { WorstRatio = ratio, WorstCase = text } : cell;
        }
    }

    public void Tried(Law law, LawOutcome outcome)
    {
        lock (_lock)
        {
            var tally = _laws.GetValueOrDefault(law.Id, new LawTally(law.Id, 0, 0, 0));
            _laws[law.Id] = outcome.State switch
            {
                LawState.Holds => tally with { Held = tally.Held + 1 },
                LawState.Skipped => tally with { Skipped = tally.Skipped + 1 },
                _ => tally with { Broken = tally.Broken + 1 },
            };
        }
    }

    public void Found(Signature signature, long index, Case @case)
    {
        lock (_lock)
        {
            if (!_findings.TryGetValue(signature.Key, out var known))
            {
                _findings[signature.Key] = known = new(signature, 0, index, @case, []);
            }

            known.Cells.Add(CaseCell.Of(@case.Problem));
            _findings[signature.Key] =
                index < known.Index
                    ? new(signature, known.Count + 1, index, @case, known.Cells)
                    : known with
                    {
                        Count = known.Count + 1,
                    };
        }
    }

    /// <summary>The strongest contract that no case of this op and type has violated so far.</summary>
    public int Grade(NormProblem problem)
    {
        lock (_lock)
        {
            return _grades.TryGetValue((problem.Op, problem.DType), out var grade)
                ? grade
                : (int)ContractLevel.Faithful;
        }
    }

    public void LowerGrade(NormProblem problem, int grade)
    {
        lock (_lock)
        {
            _grades[(problem.Op, problem.DType)] = Math.Min(
                grade,
                _grades.TryGetValue((problem.Op, problem.DType), out var known)
                    ? known
                    : (int)ContractLevel.Faithful
            );
        }
    }

    public IReadOnlyList<CellReport> Cells(IReadOnlyList<CaseCell> order) =>
        [
            .. order
                .Concat(_cells.Keys.OrderBy(cell => cell.ToString(), StringComparer.Ordinal))
                .Distinct()
                .Select(cell => _cells.GetValueOrDefault(cell, new CellReport { Cell = cell })),
        ];

    public IReadOnlyList<GradeReport> Grades() =>
        [
            .. _grades
                .Select(pair => new GradeReport(pair.Key.Item1, pair.Key.Item2, pair.Value))
                .OrderBy(grade => grade.Op)
                .ThenBy(grade => grade.DType),
        ];

    public IReadOnlyDictionary<string, long> Classes() => _classes;

    public void Climbed(NormOp op, ClimbResult result)
    {
        lock (_lock)
        {
            var latest = new ClimbReport(op, result.Runs, result.Ratio, result.Case);
            _climbs[op] = _climbs.TryGetValue(op, out var known)
                ? ClimbReport.Best([known, latest])
                : latest;
        }
    }

    public IReadOnlyList<ClimbReport> Climbs() => [.. _climbs.Values];

    public IReadOnlyList<LawTally> Laws() => [.. _laws.Values];

    /// <summary>What was found, in the order of the first cases.</summary>
    public IReadOnlyList<TalliedFinding> Findings() =>
        Consequences.Drop(
            _findings
                .Values.OrderBy(finding => finding.Index)
                .ThenBy(finding => finding.Signature.Key, StringComparer.Ordinal),
            finding => finding.Signature,
            finding => finding.Cells
        );

    private CellReport Cell(Case @case)
    {
        var cell = CaseCell.Of(@case.Problem);
        return _cells.GetValueOrDefault(cell, new CellReport { Cell = cell });
    }
}

/// <summary>How often a finding was met, where, and in which case first.</summary>
internal sealed record TalliedFinding(
    Signature Signature,
    long Count,
    long Index,
    Case Case,
    HashSet<CaseCell> Cells
);
