using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>What one law said of one subject.</summary>
/// <param name="Law">Id of the law.</param>
/// <param name="Held">Cases in which it held.</param>
/// <param name="Skipped">Cases that did not have what the law is about.</param>
/// <param name="BrokenBy">Text of the first case that breaks it; empty where none does.</param>
/// <param name="Detail">How.</param>
public sealed record LawCell(string Law, int Held, int Skipped, string BrokenBy, string Detail)
{
    public bool IsBroken => BrokenBy.Length > 0;
}

/// <summary>What every law said of a subject, in the order of the laws.</summary>
public sealed record LawRow(string Subject, IReadOnlyList<LawCell> Cells);

/// <summary>
/// Tries every law on every subject: which laws see which faults, and that none accuses a correct kernel.
/// </summary>
public sealed class LawMatrix(
    IReadOnlyList<Subject> subjects,
    IReadOnlyList<Law> laws,
    CaseSelection selection,
    ulong seed
)
{
    private int _done;

    /// <summary>False: a law is tried no further on a subject that has broken it.</summary>
    public bool Exhaustive { get; init; }

    /// <summary>Called after each subject with the number done.</summary>
    public Action<int>? Progress { get; init; }

    /// <param name="casesPerCell">Cases in each cell of the verdict table that the subject has.</param>
    /// <param name="workers">Threads.</param>
    public IReadOnlyList<LawRow> Run(int casesPerCell, int workers)
    {
        var rows = new LawRow[subjects.Count];
        Parallel.For(
            0,
            subjects.Count,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            index =>
            {
                rows[index] = Row(subjects[index], casesPerCell);
                Progress?.Invoke(Interlocked.Increment(ref _done));
            }
        );
        return rows;
    }

    private LawRow Row(Subject subject, int casesPerCell)
    {
        using var backend = subject.Start();
        var own = CaseSelection.For(
            backend.Description,
            selection with
            {
                Convention = Conventions.Get(backend.Description.Convention),
            }
        );
        var generator = new CaseGenerator(own, seed);
        var cells = laws.Select(law => new LawCell(law.Id, 0, 0, "", "")).ToArray();
        for (long index = 0; index < (long)casesPerCell * generator.CellCount; index++)
        {
            var @case = generator[index];
            if (@case.Problem.Shape.Count > LawRota.MostElements)
            {
                continue;
            }

            var bench = new LawBench(backend, @case, subject.Level) { Another = subject.Start };
            for (var k = 0; k < laws.Count; k++)
            {
                var problem = bench.Problem;
                if (laws[k].Covers(problem.Op, problem.Pass) && (Exhaustive || !cells[k].IsBroken))
                {
                    cells[k] = After(cells[k], LawRunner.Try(laws[k], bench), bench.Case);
                }
            }
        }

        return new(subject.Id, cells);
    }

    private static LawCell After(LawCell cell, LawOutcome outcome, Case @case) =>
        outcome.State switch
        {
            LawState.Holds => cell with { Held = cell.Held + 1 },
            LawState.Skipped => cell with { Skipped = cell.Skipped + 1 },
            _ when cell.IsBroken => cell,
            _ => cell with { BrokenBy = @case.Text, Detail = outcome.Detail },
        };
}
